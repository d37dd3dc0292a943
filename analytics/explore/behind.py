"""The people behind a figure or in a segment, as the API lists them."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from analytics.people.models import Identity
from analytics.records import among


class PersonBehindSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    ids = serializers.ListField(child=serializers.CharField(), help_text="User and anonymous ids of the person.")
    name = serializers.CharField()


def described(people: Sequence[int]) -> list[dict[str, Any]]:
    """The people with their ids and the name they go by, in the order given."""
    by_person: dict[int, list[Identity]] = {person: [] for person in people}
    for identity in Identity.objects.filter(person__in=among(people)).order_by("-kind", "first_us", "pk"):
        by_person[identity.person].append(identity)
    return [{"id": str(person), **_named(identities)} for person, identities in by_person.items()]


def _named(identities: list[Identity]) -> dict[str, Any]:
    ids = [identity.value for identity in identities]
    newest = sorted(identities, key=lambda identity: -identity.traits_us)
    names = (identity.traits.get(key) for key in ("name", "email") for identity in newest)
    return {"ids": ids, "name": str(next((name for name in names if name), ids[0] if ids else ""))}
