"""Addresses of this part of the desk."""

from django.urls import URLPattern, path

from audit.views.search import search
from audit.views.search_export import search_export

urlpatterns: list[URLPattern] = [
    path("search/", search, name="search"),
    path("search/export.csv", search_export, name="search_export"),
]
