"""All addresses: those of the interfaces."""

from django.urls import include, path

urlpatterns = [path("", include("rollbook.interfaces.urls"))]
