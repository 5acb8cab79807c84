"""The addresses of SCIM."""

from django.urls import path

from rollbook.interfaces.scim.entry import scim

app_name = "scim"
urlpatterns = [path("<path:path>", scim, name="scim")]
