"""The learner's pages."""

from django.urls import path

from rollbook.interfaces.learner import views

app_name = "learner"
urlpatterns = [path("", views.home, name="home")]
