"""What rules match: of the active events of the last 28 days, today among them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import ibis.expr.types as ir
from django.conf import settings

from analytics.metrics.calendar import bounds_us, today
from analytics.metrics.facts import is_active, with_person
from analytics.metrics.features import Feature, Rule, belonging, met
from analytics.store import pool
from analytics.store.reading import snapshot

DAYS = 28
SHOWN = 10
ALL = "all"


@dataclass(frozen=True)
class Reach:
    events: int = 0
    people: int = 0


@dataclass(frozen=True)
class Named:
    """The name of an event, or a page, that a rule matches."""

    target: str
    name: str
    events: int


@dataclass(frozen=True)
class Preview:
    """What rules match, each alone and all ``together``, and the most frequent ``names``; there are ``more``."""

    rules: tuple[tuple[Rule, Reach], ...]
    together: Reach
    names: tuple[Named, ...]
    more: int


def reach(features: Sequence[Feature]) -> Mapping[str, Reach]:
    """What belongs to each feature, by key; one that nothing belongs to is missing."""
    return pool.ask(_reach, tuple(features)) if features else {}


def preview(rules: Sequence[Rule]) -> Preview:
    return pool.ask(_preview, tuple(rules)) if rules else Preview((), Reach(), (), 0)


def _reach(features: tuple[Feature, ...]) -> dict[str, Reach]:
    with _recent() as events:
        return _counted(events, features)


def _preview(rules: tuple[Rule, ...]) -> Preview:
    alone = [Feature(str(place), "", "", (rule,)) for place, rule in enumerate(rules)]
    with _recent() as events:
        found = _counted(events, [*alone, Feature(ALL, "", "", rules)])
        names = sorted(_names(events, rules), key=lambda one: (-one.events, one.name))
    each = tuple((rule, found.get(str(place), Reach())) for place, rule in enumerate(rules))
    return Preview(each, found.get(ALL, Reach()), tuple(names[:SHOWN]), len(names[SHOWN:]))


@contextmanager
def _recent() -> Iterator[ir.Table]:
    """The events, with ``person``. Runs in a query process."""
    zone = settings.PROJECT_TIME_ZONE
    last = today(zone)
    since, until = bounds_us(last - timedelta(days=DAYS - 1), zone)[0], bounds_us(last, zone)[1]
    with snapshot(since, until) as tables:
        events = tables.events
        events = events.filter(events.at_us >= since, events.at_us < until, is_active(events))
        yield with_person(tables, events).select("person", "event", "page")


def _counted(events: ir.Table, features: Sequence[Feature]) -> dict[str, Reach]:
    sent = events.group_by(["person", "event", "page"]).aggregate(events=events.count())
    by_person = belonging(sent, features).group_by(["feature", "person"]).aggregate(events=lambda t: t.events.sum())
    counted = by_person.group_by("feature").aggregate(events=by_person.events.sum(), people=by_person.count())
    return {row["feature"]: Reach(row["events"], row["people"]) for row in counted.to_pyarrow().to_pylist()}


def _names(events: ir.Table, rules: Sequence[Rule]) -> Iterator[Named]:
    for target in ("event", "page"):
        of_target = [rule for rule in rules if rule.target == target]
        if of_target:
            matched = events.filter(met(events, of_target))
            counted = matched.group_by(name=matched[target]).aggregate(events=matched.count())
            for row in counted.to_pyarrow().to_pylist():
                yield Named(target, row["name"], row["events"])
