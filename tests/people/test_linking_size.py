"""What one more device of a person costs does not depend on how many there are."""

import pytest
from django.db.backends.utils import CursorWrapper
from django.db.models.signals import post_init

from analytics.people import linking
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.models import Identity, IdentityEdge
from tests.people.conftest import START_US, event_row, person_of

pytestmark = pytest.mark.django_db

DEVICES = 300


class Reading:
    """Counts rows that come from the database, and identities made of them."""

    def __init__(self) -> None:
        self.rows = self.identities = 0


@pytest.fixture
def reading(monkeypatch) -> Reading:
    counts = Reading()
    of_cursor = CursorWrapper.__getattr__

    def counted(cursor, name):
        attribute = of_cursor(cursor, name)
        if name not in ("fetchone", "fetchmany", "fetchall"):
            return attribute

        def fetch(*arguments):
            fetched = attribute(*arguments)
            counts.rows += len(fetched) if isinstance(fetched, list) else fetched is not None
            return fetched

        return fetch

    def made(**_) -> None:
        counts.identities += 1

    monkeypatch.setattr(CursorWrapper, "__getattr__", counted)
    post_init.connect(made, sender=Identity)
    yield counts
    post_init.disconnect(made, sender=Identity)


def cost(reading: Reading, row) -> tuple[int, int]:
    linking.forget()
    before = reading.rows, reading.identities
    link([row])
    return reading.rows - before[0], reading.identities - before[1]


def devices_of(user: str, count: int) -> None:
    link([event_row(user=user, anonymous=f"{user}-{number}") for number in range(count)])


def test_one_more_device_reads_as_much_at_three_hundred_as_at_two(reading):
    devices_of("ada", 2)
    few = cost(reading, event_row(user="ada", anonymous="new"))
    devices_of("ada", DEVICES)
    assert cost(reading, event_row(user="ada", anonymous="newer")) == few
    assert few[0] > 0, "what is read is counted"
    assert person_of("a", "newer") == identity_id("u", "ada")


def test_a_visitor_known_before_reads_as_much_when_joining_many(reading):
    link([event_row(anonymous="first"), event_row(anonymous="one"), event_row(anonymous="other")])
    devices_of("ada", 2)
    link([event_row(user="ada", anonymous="first")])  # so that days are queued already
    few = cost(reading, event_row(user="ada", anonymous="one"))
    devices_of("ada", DEVICES)
    assert cost(reading, event_row(user="ada", anonymous="other")) == few
    assert person_of("a", "other") == identity_id("u", "ada")


def test_a_refusal_reads_as_much_when_the_devices_owner_has_many(reading):
    link([event_row(user="ada", anonymous="one"), event_row(user="ada", anonymous="other")])
    few = cost(reading, event_row(user="bob", anonymous="one"))
    devices_of("ada", DEVICES)
    assert cost(reading, event_row(user="eve", anonymous="other")) == few
    assert IdentityEdge.objects.filter(accepted=False).count() == 2


def test_another_user_id_of_somebody_with_many_devices_reads_as_much(reading):
    """Only those who change persons are read, not those they come to."""
    link([event_row(user="young"), event_row(user="old"), event_row(user="older")])
    devices_of("ada", 2)
    link([event_row(type="alias", user="ada", previous_id="young", trusted=True)])
    few = cost(reading, event_row(type="alias", user="ada", previous_id="old", trusted=True))
    devices_of("ada", DEVICES)
    assert cost(reading, event_row(type="alias", user="ada", previous_id="older", trusted=True)) == few
    assert person_of("u", "older") == identity_id("u", "ada")


def test_all_of_somebody_with_many_devices_move_when_they_are_somebody_elses():
    devices_of("ada", DEVICES)
    linking.forget()
    link([event_row(type="alias", user="bob", previous_id="ada", trusted=True, at_us=START_US)])
    assert Identity.objects.exclude(person=identity_id("u", "bob")).count() == 0
