"""How the collector waits for its turn to write, and leaves the connection as it was."""

import sqlite3

import pytest
from django.db import OperationalError, connection

from analytics.collect import turns
from analytics.collect.turns import write_transaction

PATIENCE = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}


def patience() -> object:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE[connection.vendor])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_whoever_uses_the_connection_next_is_as_patient_as_before() -> None:
    before = patience()
    with write_transaction():
        assert patience() == before
    assert patience() == before
    with pytest.raises(ZeroDivisionError), write_transaction():
        raise ZeroDivisionError
    assert patience() == before


@pytest.mark.parametrize(
    ("code", "busy"),
    [(sqlite3.SQLITE_BUSY, True), (sqlite3.SQLITE_BUSY_SNAPSHOT, True), (sqlite3.SQLITE_IOERR, False), (None, False)],
)
def test_only_others_who_write_are_waited_for(code: int | None, busy: bool) -> None:
    error = OperationalError("what the database says")
    if code is not None:
        error.__cause__ = sqlite3.OperationalError()
        error.__cause__.sqlite_errorcode = code
    assert turns._is_busy(error) is busy
