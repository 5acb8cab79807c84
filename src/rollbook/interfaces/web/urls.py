"""Signing in, passwords, profile."""

from django.urls import path
from django.views.generic import TemplateView

from rollbook.interfaces.web import health, media, own_profile, passwords, sign_in, verify_certificate, views

app_name = "web"
urlpatterns = [
    path("health", health.health, name="health"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("sign-in/forgotten/", passwords.forgotten_password, name="forgotten_password"),
    path(
        "sign-in/forgotten/sent/",
        TemplateView.as_view(template_name="registration/password_mail_sent.html"),
        name="password_mail_sent",
    ),
    path("sign-in/set-password/<uidb64>/<token>/", passwords.SetPassword.as_view(), name="set_password"),
    path("verify/<slug:code>/", verify_certificate.verify_certificate, name="verify_certificate"),
    path("profile/", views.profile, name="profile"),
    path("profile/edit/", own_profile.edit, name="edit_profile"),
    path("profile/e-mail/<str:token>/", own_profile.confirm_email, name="confirm_email"),
    path("profile/password/", passwords.ChangePassword.as_view(), name="change_password"),
    path("profile/theme/", views.theme, name="theme"),
    path("media/chapters/<int:pk>/video", media.video, name="video"),
    path("media/chapters/<int:pk>/captions.vtt", media.captions, name="captions"),
]
