"""Everything that is known of a person as one document."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from analytics.people.models import Identity, IdentityEdge
from analytics.people.removal import ids_of
from productops.lib.models import User, record
from productops.lib.person_data import PersonIds, export_all

ALL = 10_000_000


def export_person(person: int) -> dict[str, Any]:
    """The document, by app, of values that JSON can hold. Raises analytics.people.removal.NoSuchPerson.

    It reads events: run it in a query process, a task or a command.
    """
    return {"person": str(person), "exported_at": timezone.now().isoformat(), **export_all(ids_of(person))}


def record_export(*, person: int, user: User) -> None:
    record(user, "people.export", str(person))


def export_from_analytics(ids: PersonIds) -> dict[str, Any]:
    """What analytics itself keeps: ids, traits, links, events as sent, sessions."""
    from analytics.dashboards.people import timeline

    identities = Identity.objects.filter(pk__in=ids.identities).order_by("first_us")
    edges = IdentityEdge.objects.touching(ids.identities).order_by("pk")
    return {
        "identities": [
            {"id": str(row.pk), "kind": row.get_kind_display(), "value": row.value, "traits": row.traits}
            for row in identities
        ],
        "links": [
            {"from": str(edge.identity), "into": str(edge.into), "rule": edge.rule, "accepted": edge.accepted}
            for edge in edges
        ],
        "events": [_plain(event) for event in timeline.events_of(ids.identities, 0, ALL).items],
        "sessions": [_plain(session) for session in timeline.sessions_of(ids.identities, 0, ALL).items],
    }


def _plain(item: Any) -> dict[str, Any]:
    """Numbers of 63 bits as text, times in ISO 8601: what any JSON reader takes whole."""
    values = asdict(item)
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value) if name in ("actor", "device") else value
        for name, value in values.items()
        if not (name == "events" and not value)
    }
