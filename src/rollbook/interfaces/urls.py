"""Every address of Rollbook."""

from django.urls import include, path

from rollbook.interfaces.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("rollbook.interfaces.web.urls")),
    path("api/v1/", include("rollbook.interfaces.api.urls")),
    path("console/", include("rollbook.interfaces.console.urls")),
    path("learner/", include("rollbook.interfaces.learner.urls")),
    path("scim/v2/", include("rollbook.interfaces.scim.urls")),
    path("lti/", include("rollbook.interfaces.lti.urls")),
]
