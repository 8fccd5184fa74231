"""Addresses of runs, sites and the watch over them."""

from django.urls import URLPattern, path

from audit.views import run_pages, runs, site_new, sites, watch

urlpatterns: list[URLPattern] = [
    path("runs/", runs.runs, name="runs"),
    path("runs/jobs/<int:job_id>/stop/", runs.job_stop, name="job_stop"),
    path("runs/<str:run_id>/", run_pages.run, name="run"),
    path("runs/<str:run_id>/urls/", run_pages.run_urls, name="run_urls"),
    path("runs/<str:run_id>/ads/", run_pages.run_ads, name="run_ads"),
    path("sites/", sites.sites, name="sites"),
    path("sites/new/", site_new.site_new, name="site_new"),
    path("sites/trials/<int:job_id>/", site_new.trial, name="trial"),
    path("sites/<str:site_id>/", sites.site, name="site"),
    path("sites/<str:site_id>/file/", sites.site_file, name="site_file"),
    path("sites/<str:site_id>/crawl/", sites.site_crawl, name="site_crawl"),
    path("sites/<str:site_id>/schedule/", sites.site_schedule, name="site_schedule"),
    path("sites/<str:site_id>/pause/", sites.site_pause, name="site_pause"),
    path("watch/", watch.watch, name="watch"),
]
