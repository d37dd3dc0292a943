"""Names in a question that nothing was ever sent under, and the known names that they may have been meant for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from analytics.explore.conditions import COLUMNS, MAPPED, NAMES_A_PROPERTY, PERSON
from analytics.explore.unseen import Names
from analytics.rollups.models import EventDefinition

MOST_DOUBTED = 50  # names of a question that are looked for among all events
MOST_NEAR = 3
NO_ACTIVITY = ("identify", "group", "alias")


@dataclass(frozen=True)
class Named:
    """A name where it stands in a question, as in ``steps.0.event``."""

    field: str
    name: str
    is_event: bool


def named_in(asked: Any, place: str = "") -> Iterator[Named]:
    """Every event and every property that a question names, with where it does."""
    if isinstance(asked, dict):
        for key, value in asked.items():
            field = f"{place}{key}"
            if isinstance(value, str) and key == "event":
                yield Named(field, value, is_event=True)
            elif isinstance(value, str) and key in NAMES_A_PROPERTY:
                yield Named(field, value, is_event=False)
            else:
                yield from named_in(value, f"{field}.")
    elif isinstance(asked, list | tuple):
        for number, one in enumerate(asked):
            yield from named_in(one, f"{place}{number}.")


@dataclass(frozen=True)
class Dictionary:
    """The names that are known: of events, and of properties and ``person.`` traits."""

    events: frozenset[str]
    properties: frozenset[str]

    @classmethod
    def read(cls) -> "Dictionary":
        events, properties = set(), {*COLUMNS, *MAPPED}
        for event, told in EventDefinition.objects.values_list("name", "properties"):
            events.add(event)
            if event == "identify":
                properties |= {PERSON + name for name in told}
            elif event not in NO_ACTIVITY:
                properties |= told.keys()
        return cls(frozenset(events), frozenset(properties))

    def knows(self, named: Named) -> bool:
        return named.name in (self.events if named.is_event else self.properties)

    def near(self, named: Named) -> list[str]:
        """Known names that are written much alike, the most alike first; a trait may be meant by a property's name."""
        known: dict[str, list[str]] = {}
        for name in sorted(self.events if named.is_event else self.properties):
            known.setdefault(_bare(name), []).append(name)
        return [name for one in get_close_matches(_bare(named.name), known, MOST_NEAR) for name in known[one]]


def _bare(name: str) -> str:
    return name.removeprefix(PERSON).lower()


def doubted(named: Iterable[Named], dictionary: Dictionary) -> Names:
    """The names that the dictionary doesn't have: it is of last night, and learned properties from a sample."""
    unknown = list(dict.fromkeys((one.is_event, one.name) for one in named if not dictionary.knows(one)))[:MOST_DOUBTED]
    return Names(
        events=tuple(name for is_event, name in unknown if is_event),
        properties=tuple(name for is_event, name in unknown if not is_event),
    )


def explained(named: Iterable[Named], missing: Names, dictionary: Dictionary) -> list[dict[str, Any]]:
    """What the answer says of names that no event has, by the places where the question has them."""
    return [
        {"field": one.field, "name": one.name, "near": dictionary.near(one)}
        for one in named
        if one.name in (missing.events if one.is_event else missing.properties)
    ]
