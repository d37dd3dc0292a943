"""Lists of people: a file with one id per line, or ids as they come, and whom they name."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from django.utils.translation import gettext as _

from analytics.people.ids import LONGEST, ids_of_value
from analytics.people.models import Identity
from analytics.records import among

MOST_BYTES = 16 * 2**20
MOST_MEMBERS = 200_000
LOOKED_UP_AT_ONCE = 5_000
MOST_UNKNOWN_NAMED = 100
HEADERS = {"id", "ids", "userid", "anonymousid", "distinctid", "user", "person", "personid"}


class BadList(ValueError):
    """A file that isn't a list of ids; its text says why."""


@dataclass
class Found:
    """Whom a list names. ``unknown`` are the first ids that are nobody's, ``unknown_count`` is how many are."""

    identities: set[int] = field(default_factory=set)
    rows: int = 0
    unknown: list[str] = field(default_factory=list)
    unknown_count: int = 0


def ids_in(file: IO[bytes]) -> Iterator[str]:
    """The ids of a CSV file of one column, with or without a header, one by one. Raises BadList."""
    lines = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
    try:
        for number, row in enumerate(lines, start=1):
            cells = [cell.strip() for cell in row]
            if len(cells) > 1:
                raise BadList(_("Line %(number)d has more than one column.") % {"number": number})
            if not cells or not cells[0] or (number == 1 and _is_header(cells[0])):
                continue
            yield cells[0]
    except UnicodeDecodeError as problem:
        raise BadList(_("The file is not text in UTF-8.")) from problem
    except csv.Error as problem:
        raise BadList(_("The file is not CSV: %(reason)s.") % {"reason": problem}) from problem


def found_by_ids(ids: Iterable[str]) -> Found:
    """Whom user ids and anonymous ids name. Raises BadList where they are too many."""
    found, remaining = Found(), iter(ids)
    while values := list(islice(remaining, LOOKED_UP_AT_ONCE)):
        named = {value: ids_of_value(value) for value in values if len(value) <= LONGEST}
        stored = _stored(identity for both in named.values() for identity in both)
        unknown = [value for value in values if stored.isdisjoint(named.get(value, ()))]
        found.unknown += [value[:LONGEST] for value in unknown[: MOST_UNKNOWN_NAMED - len(found.unknown)]]
        found.unknown_count += len(unknown)
        found.rows += len(values)
        found.identities |= stored
        if len(found.identities) > MOST_MEMBERS:
            raise BadList(_("A list holds at most %(most)d people.") % {"most": MOST_MEMBERS})
    return found


def found_by_numbers(people: list[int]) -> Found:
    """Whom the ids of persons, or of identities of theirs, name."""
    stored = _stored(people)
    unknown = [str(person) for person in people if person not in stored]
    return Found(stored, len(people), unknown[:MOST_UNKNOWN_NAMED], len(unknown))


def _stored(identities: Iterable[int]) -> set[int]:
    return set(Identity.objects.filter(pk__in=among(list(identities))).values_list("pk", flat=True))


def _is_header(cell: str) -> bool:
    return "".join(filter(str.isalpha, cell.lower())) in HEADERS
