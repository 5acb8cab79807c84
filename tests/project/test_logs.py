"""Logs hold nothing personal."""

import logging

import pytest
from django.db import IntegrityError, connection

from rollbook.project.logs import WithoutRowValues

PERSONAL = "ben@example.org"


@pytest.mark.django_db
def test_values_that_postgresql_quotes_are_left_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE t (email text PRIMARY KEY)")
        with pytest.raises(IntegrityError, match=PERSONAL) as refused:
            cursor.execute("INSERT INTO t VALUES (%s), (%s)", [PERSONAL, PERSONAL])
    error = (refused.type, refused.value, refused.tb)
    written = WithoutRowValues("%(message)s").format(
        logging.LogRecord("x", logging.ERROR, "", 0, "It failed", None, error)
    )
    assert "UniqueViolation" in written
    assert PERSONAL not in written
