"""Addresses of this part of the desk."""

from django.urls import URLPattern, path
from django.views.generic import TemplateView

urlpatterns: list[URLPattern] = [
    path("sites/", TemplateView.as_view(template_name="desk/base.html"), name="sites"),
    path("runs/", TemplateView.as_view(template_name="desk/base.html"), name="runs"),
]
