"""The cast, what there is to learn, and Ben's browser."""

import pytest
from django.test import Client

from rollbook.training.records import Enrolment
from tests.cast import Cast, assemble
from tests.training.stage import Stage, furnish


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue; Ben is enrolled on both courses, Bea on the first."""
    stage = furnish()
    for user, course in ((cast.ben, stage.fire), (cast.ben, stage.first_aid), (cast.bea, stage.fire)):
        Enrolment.objects.create(user=user, course=course)
    return stage


@pytest.fixture
def ben(cast: Cast) -> Client:
    """Return Ben's browser."""
    client = Client()
    client.force_login(cast.ben)
    return client
