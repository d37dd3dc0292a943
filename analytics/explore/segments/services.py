"""Making, changing and deleting segments, and taking an erased person off their lists."""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.explore.models import PeopleSegment, SegmentMember
from analytics.explore.segments.definitions import Definition, Unbounded, extent, references, within
from analytics.explore.segments.queries import definitions
from analytics.records import among
from productops.lib.models import User, record

WRITTEN_AT_ONCE = 2_000
NEW = 0  # what a segment that has no number yet is called


class CannotBe(ValueError):
    """A definition that can't be kept: ``place`` is where in it, ``reason`` says why."""

    def __init__(self, place: tuple[str | int, ...], reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


class InUse(Exception):
    """The segment is part of others, whose names are the arguments."""


@transaction.atomic
def make_dynamic(*, name: str, description: str, definition: Definition, user: User) -> PeopleSegment:
    """Raises CannotBe."""
    _check(NEW, definition)
    segment = PeopleSegment.objects.create(
        name=name, description=description, kind=PeopleSegment.Kind.DYNAMIC, definition=definition, made_by=user
    )
    record(user, "segment.create", name, segment=segment.pk, kind=segment.kind)
    return segment


@transaction.atomic
def make_static(*, name: str, description: str, identities: Collection[int], user: User) -> PeopleSegment:
    segment = PeopleSegment.objects.create(
        name=name, description=description, kind=PeopleSegment.Kind.STATIC, made_by=user
    )
    _write(segment, identities)
    record(user, "segment.create", name, segment=segment.pk, kind=segment.kind, members=len(identities))
    return segment


@transaction.atomic
def change_segment(
    *, segment: PeopleSegment, changes: Mapping[str, Any], identities: Collection[int] | None, user: User
) -> None:
    """Set name, description or definition; ``identities`` take the place of those on a list. Raises CannotBe."""
    if "definition" in changes:
        # In line with others who change definitions: two changes, each right by itself, could close a circle.
        list(PeopleSegment.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
        _check(segment.pk, changes["definition"])
    for name, value in changes.items():
        setattr(segment, name, value)
    segment.save()
    if identities is not None:
        segment.members.all().delete()
        _write(segment, identities)
    changed = [*changes, *(["members"] if identities is not None else [])]
    record(user, "segment.change", segment.name, segment=segment.pk, changed=changed)


@transaction.atomic
def delete_segment(*, segment: PeopleSegment, user: User) -> None:
    """Raises InUse."""
    known = definitions()
    using = [pk for pk, definition in known.items() if segment.pk in references(definition)]
    if using:
        raise InUse(*PeopleSegment.objects.filter(pk__in=using).values_list("name", flat=True))
    record(user, "segment.delete", segment.name, segment=segment.pk)
    segment.delete()


def forget_members(identities: Collection[int]) -> int:
    """Take these identities off all lists; returns how many places went."""
    rows, _ = SegmentMember.objects.filter(identity__in=among(identities)).delete()
    return rows


def lists_of(identities: Collection[int]) -> list[str]:
    """The names of the lists that these identities are on."""
    on = PeopleSegment.objects.filter(members__identity__in=among(identities))
    return list(on.distinct().values_list("name", flat=True))


def _write(segment: PeopleSegment, identities: Collection[int]) -> None:
    rows = (SegmentMember(segment=segment, identity=identity) for identity in sorted(identities))
    while some := list(islice(rows, WRITTEN_AT_ONCE)):
        SegmentMember.objects.bulk_create(some)


def _check(segment: int, definition: Definition) -> None:
    known = {**definitions(), segment: definition}
    for place, condition in enumerate(definition["conditions"]):
        if condition["kind"] != "segment":
            continue
        inner, where = condition["segment"], ("conditions", place, "segment")
        if inner not in known or inner == NEW:
            raise CannotBe(where, _("There is no such segment."))
        if segment in within(inner, known):
            raise CannotBe(where, _("This segment rests on the one that is being saved: they would go in a circle."))
    for one in known:
        if segment in within(one, known):
            _check_extent(one, known)


def _check_extent(segment: int, known: Mapping[int, Definition | None]) -> None:
    try:
        extent(segment, known)
    except Unbounded as problem:
        raise CannotBe(
            ("conditions",),
            _("Segments within segments go at most 5 levels deep and have at most 100 conditions in all."),
        ) from problem
