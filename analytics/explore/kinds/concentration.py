"""Concentration: which share of an activity the most active people do."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore.arrays import active_in, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.periods import covering
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.concentration import Spread, spread
from analytics.metrics.tables import Tables


@dataclass(frozen=True, kw_only=True)
class Concentration(Question):
    """``top`` is the share of people, the most active ones, whose share of the activity is asked for."""

    selector: Selector
    top: Fraction = Fraction(1, 10)


@dataclass(frozen=True)
class Point:
    """The most active people, or all others."""

    top: bool


def answer(asking: Asking, question: Concentration) -> dict[str, Any]:
    """``share_of_top``, ``gini`` and the ``lorenz`` curve of those who did it at all; None and empty without any."""
    found = _spread(asking, question)
    everyone, events = found.total
    top = _whole_people(question, everyone)
    return {
        "share_of_top": float(found.highest(question.top)) if everyone else None,
        "gini": float(found.gini) if everyone else None,
        "lorenz": [[float(people), float(done)] for people, done in found.lorenz] if everyone else [],
        "events": events,
        "people": {"all": everyone, "top": top, "others": everyone - top},
    }


def people(asking: Asking, question: Concentration, point: Point) -> ir.Table:
    """The most active people, a part of a person counting as one; who comes first of equals is by their id."""
    top = _whole_people(question, _spread(asking, question).total[0])
    active = _active(asking.tables, question)
    place = ibis.row_number().over(order_by=[active.events.desc(), active.person])
    placed = active.mutate(place=place)
    return placed.filter(placed.place < top if point.top else placed.place >= top)


def _active(tables: Tables, question: Concentration) -> ir.Table:
    """``person, events``: how often each did it, of those who did."""
    rows = happened(tables, question, [question.selector])
    rows = rows.filter(question.selector.chooses(rows))
    return rows.group_by("person").aggregate(events=rows.count())


def _spread(asking: Asking, question: Concentration) -> Spread:
    happened = happened_by_name(asking, question, [question.selector])
    if happened is None:
        return spread({row["events"]: row["people"] for row in asking.rows(_counts(asking.tables, question))})
    asking.instead_of(lambda: _counts(asking.tables, question))
    active = active_in(happened, question.selector, covering(question, "month"))
    events = np.bincount(active.who, active.times).astype(np.int64)
    times, people = np.unique_counts(events[events > 0])
    return spread(dict(zip(times.tolist(), people.tolist(), strict=True)))


def _counts(tables: Tables, question: Concentration) -> ir.Table:
    """``events, people``: how many did it so often."""
    active = _active(tables, question)
    return active.group_by("events").aggregate(people=active.count())


def _whole_people(question: Concentration, everyone: int) -> int:
    return ceil(question.top * everyone)
