"""Addresses of this part of the desk."""

from django.urls import URLPattern, path

from audit.views.log import log, log_verify
from audit.views.log_export import log_export

urlpatterns: list[URLPattern] = [
    path("log/", log, name="log"),
    path("log/export.csv", log_export, name="log_export"),
    path("log/verify/", log_verify, name="log_verify"),
]
