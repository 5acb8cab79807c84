"""The migrations say the same as the models."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_model_differs_from_the_migrations() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
