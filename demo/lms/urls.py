"""The addresses of the demo LMS."""

from django.urls import path

from demo.lms import protocol, views

urlpatterns = [
    path("", views.choose, name="choose"),
    path("auth", protocol.auth, name="auth"),
    path("jwks", protocol.jwks, name="jwks"),
    path("token", protocol.token, name="token"),
    path("start/<str:hint>", protocol.start, name="start"),
    path("<slug:lms>/<str:person>/", views.person, name="person"),
    path("<slug:lms>/<str:person>/launch", views.launch, name="launch"),
    path("<slug:lms>/<str:person>/restore", views.restore, name="restore"),
]
