"""The one Django app."""

from django.apps import AppConfig


class RollbookConfig(AppConfig):
    """Rollbook as one app: moving a model between apps later is the expensive mistake."""

    name = "rollbook"
    label = "rollbook"
    default_auto_field = "django.db.models.BigAutoField"
