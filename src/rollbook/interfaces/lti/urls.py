"""The LTI 1.3 door."""

from django.urls import path

from rollbook.interfaces.lti import continued, launch, login, prove, published

app_name = "lti"
urlpatterns = [
    path("login", login.login, name="login"),
    path("launch", launch.launch, name="launch"),
    path("continue", continued.continued, name="continue"),
    path("prove", prove.prove, name="prove"),
    path("jwks.json", published.key_set, name="key_set"),
    path("config.json", published.configuration, name="configuration"),
]
