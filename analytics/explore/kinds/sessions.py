"""Sessions: how many, how long, how many end at once, and how many a week each person has."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.selecting import Question, Selector, happened
from analytics.explore.sessions import KEY, begun, ended_us, within
from analytics.metrics.calendar import SECOND_US, day_number, local_day, today
from analytics.metrics.facts import with_person
from analytics.metrics.quantiles import quantile
from analytics.metrics.tables import Tables
from analytics.metrics.visits import LENGTHS, length_class, with_length


@dataclass(frozen=True, kw_only=True)
class Sessions(Question):
    """Those that begin when asked for; with filters, those of them that hold an active event that passes."""


@dataclass(frozen=True)
class Point:
    session: Literal["all", "bounced"]


def answer(asking: Asking, question: Sessions) -> dict[str, Any]:
    """``count``, lengths in seconds of the sessions with two events or more, and rates with what they are made of."""
    sessions = _sessions(asking.tables, question)
    [total] = asking.rows(_total(asking.tables, question, sessions))
    total = {name: value or 0 for name, value in total.items()}  # of nobody engines sum up nothing
    long = with_length(sessions)
    classes = {row["length"]: row for row in asking.rows(_classes(long))}
    [lengths] = asking.rows(quantile(long, [], "seconds", median_seconds=(1, 2), p90_seconds=(9, 10)))
    measured = sum(row["sessions"] for row in classes.values())
    lasted_us = sum(row["lasted_us"] for row in classes.values())
    rates = {
        "bounce_rate": {"numerator": total["bounces"], "denominator": total["sessions"]},
        "per_person_per_week": {"numerator": total["per_week"], "denominator": total["people"]},
    }
    return {
        "count": total["sessions"],
        **lengths,
        "mean_seconds": lasted_us / measured / SECOND_US if measured else None,
        **{
            name: rate["numerator"] / rate["denominator"] if rate["denominator"] else None
            for name, rate in rates.items()
        },
        "rates": rates,
        "people": {"all": total["people"], "bounced": total["bounced"]},
        "lengths": [
            {"length": name, "sessions": classes[name]["sessions"] if name in classes else 0} for name in LENGTHS
        ],
    }


def people(asking: Asking, question: Sessions, point: Point) -> ir.Table:
    """Those who had such a session."""
    sessions = _sessions(asking.tables, question)
    return sessions if point.session == "all" else sessions.filter(sessions.active_events == 1)


def _sessions(tables: Tables, question: Sessions) -> ir.Table:
    """``person, start_us, end_us, active_events`` and the key of the sessions asked for."""
    sessions = begun(tables, question)
    sessions = sessions.filter(sessions.day <= day_number(today(question.timezone)))
    if not question.filters:
        return sessions
    until = max(question.bounds_us[1], ended_us(sessions) + 1)
    passing = happened(tables, replace(question, segment=None), [Selector()], until_us=until)
    return sessions.semi_join(within(passing, sessions).select(*KEY).distinct(), KEY)


def _total(tables: Tables, question: Sessions, sessions: ir.Table) -> ir.Table:
    """One row: ``sessions, bounces, people, bounced`` (people who did), ``per_week`` (the sum over people)."""
    visitors = sessions.group_by("person").aggregate(
        sessions=sessions.count(),
        bounces=ibis.ifelse(sessions.active_events == 1, 1, 0).sum(),
        first_us=sessions.start_us.min(),
    )
    visitors = _with_days(tables, question, visitors)
    visitors = visitors.mutate(per_week=visitors.sessions.cast("float64") * 7 / visitors.days)
    return visitors.aggregate(
        sessions=visitors.sessions.sum(),
        bounces=visitors.bounces.sum(),
        people=visitors.count(),
        bounced=ibis.ifelse(visitors.bounces > 0, 1, 0).sum(),
        per_week=visitors.per_week.sum(),
    )


def _with_days(tables: Tables, question: Sessions, visitors: ir.Table) -> ir.Table:
    """``visitors``, who have ``first_us``, with the ``days`` since the later of the first one and their creation.

    Who began a session as somebody else was created before all the same.
    """
    seen = with_person(tables, tables.user_day)
    created = seen.group_by(seen_person="person").aggregate(created_us=seen.first_us.min())
    joined = visitors.left_join(created, visitors.person == created.seen_person)
    created_us = joined.created_us.coalesce(0)
    created_us = ibis.ifelse(created_us == 0, joined.first_us, ibis.least(created_us, joined.first_us))
    since_us = ibis.greatest(created_us, question.bounds_us[0])
    since = local_day(since_us, question.timezone, question.first, question.last)
    until = min(question.last, today(question.timezone))
    return joined.select(*visitors.columns, days=day_number(until) + 1 - since)


def _classes(long: ir.Table) -> ir.Table:
    """``length, sessions, lasted_us``: how many are in each class of length, and how long they last together."""
    rows = long.mutate(length=length_class(long.seconds))
    return rows.group_by("length").aggregate(sessions=rows.count(), lasted_us=(rows.end_us - rows.start_us).sum())
