"""Where the pages of the desk are."""

from django.urls import include, path

from audit.views import sign_in

handler400 = "audit.views.failures.bad_request"
handler403 = "audit.views.failures.forbidden"
handler404 = "audit.views.failures.not_found"
handler500 = "audit.views.failures.server_error"

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.NewPassword.as_view(), name="new_password"),
    path("", include("audit.views.queue_urls")),
    path("", include("audit.views.case_urls")),
    path("", include("audit.views.search_urls")),
    path("", include("audit.views.sites_urls")),
    path("", include("audit.views.log_urls")),
]
