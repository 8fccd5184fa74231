"""Addresses of the queue and of the acts on a case that are not its judgement."""

from django.urls import URLPattern, path

from audit.views import queue, queue_acts, queue_forms

urlpatterns: list[URLPattern] = [
    path("queue/", queue.queue, name="queue"),
    path("queue/next/", queue.claim_next, name="claim_next"),
    path("queue/export/", queue.queue_export, name="queue_export"),
    path("cases/<int:case_id>/claim/", queue_acts.claim_case, name="case_claim"),
    path("cases/<int:case_id>/release/", queue_acts.release_case, name="case_release"),
    path("cases/<int:case_id>/withdraw/", queue_acts.withdraw_proposal, name="case_withdraw"),
    path("cases/<int:case_id>/assign/", queue_forms.assign_case, name="case_assign"),
    path("cases/<int:case_id>/tie/", queue_forms.tie_to_case, name="case_tie"),
    path("cases/<int:case_id>/pull-out/", queue_forms.pull_out_ad, name="case_pull_out"),
]
