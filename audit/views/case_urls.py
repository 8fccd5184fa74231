"""Addresses of cases and ads."""

from django.urls import URLPattern, path

from audit.views import ads, case, case_acts

urlpatterns: list[URLPattern] = [
    path("cases/<int:case_id>/", case.case, name="case"),
    path("cases/<int:case_id>/versions/<int:version_id>/", case.diff, name="case_diff"),
    path("cases/<int:case_id>/personal/", case.personal, name="case_personal"),
    path("cases/<int:case_id>/decide/", case_acts.decide, name="case_decide"),
    path("cases/<int:case_id>/confirm/", case_acts.confirm_proposal, name="case_confirm"),
    path("cases/<int:case_id>/return/", case_acts.return_proposal, name="case_return"),
    path("ads/<str:ad_id>/", ads.ad, name="ad"),
    path("ads/<str:ad_id>/versions/<int:version_id>/", ads.diff, name="ad_diff"),
]
