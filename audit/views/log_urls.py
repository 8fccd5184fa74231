"""Addresses of this part of the desk."""

from django.urls import URLPattern, path
from django.views.generic import TemplateView

urlpatterns: list[URLPattern] = [
    path("log/", TemplateView.as_view(template_name="desk/base.html"), name="log"),
]
