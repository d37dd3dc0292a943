"""Identity rows in bulk."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.people.identities import lock, save
from analytics.people.linking import link
from analytics.people.models import Identity
from tests.people.conftest import event_row

pytestmark = pytest.mark.django_db


def test_saving_finds_each_row_by_its_key():
    """Neither is the table scanned, nor are the new values for each of its rows."""
    link([event_row(user=f"user-{number}") for number in range(20)])
    rows = lock(Identity.objects.values_list("pk", flat=True))
    for row in rows.values():
        row.search = f"found by {row.value}"
    with CaptureQueriesContext(connection) as queries:
        save(rows.values())
    assert all(row.search == f"found by {row.value}" for row in Identity.objects.all())
    if connection.vendor == "sqlite":
        (update,) = queries.captured_queries
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {update['sql']}")
            outer, inner = (step for *_, step in cursor.fetchall())
        assert outer.startswith("SCAN json_each")
        assert inner.startswith("SEARCH analytics_identity")
        assert inner.endswith("(id=?)")
