"""Sessions: how many, how long, and how many a week for each person."""

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import SECOND_US
from analytics.metrics.cube import Cube
from analytics.metrics.quantiles import quantile
from analytics.metrics.scope import Scope

# Upper ends, exclusive, in seconds, and the class below each; the last class has no upper end.
LENGTH_CLASSES = (
    (10, "under 10 s"),
    (30, "10–30 s"),
    (60, "30–60 s"),
    (180, "1–3 min"),
    (600, "3–10 min"),
    (1_800, "10–30 min"),
    (3_600, "30–60 min"),
)
LONGEST_CLASS = "1 h and more"
LENGTHS = (*(name for _, name in LENGTH_CLASSES), LONGEST_CLASS)


def counts(scope: Scope) -> ir.Table:
    """``period, dimensions, sessions, bounces``."""
    visits = scope.within(scope.sample.sessions)
    rows = visits.rows
    return visits.named(
        rows.group_by([*visits.keys, "period"]).aggregate(
            sessions=rows.count(), bounces=ibis.ifelse(rows.active_events == 1, 1, 0).sum()
        )
    )


def with_length(sessions: ir.Table) -> ir.Table:
    """Those with two events or more, and the ``seconds`` that each lasts."""
    rows = sessions.filter(sessions.active_events > 1)
    return rows.mutate(seconds=(rows.end_us - rows.start_us).cast("float64") / SECOND_US)


def length_class(seconds: ir.FloatingValue) -> ir.StringValue:
    return ibis.cases(*((seconds < limit, name) for limit, name in LENGTH_CLASSES), else_=LONGEST_CLASS)


def _lengths(visits: Cube) -> ir.Table:
    """``keys, period, seconds`` of the sessions with two events or more."""
    return with_length(visits.rows).select(*visits.keys, "period", "seconds")


def length_quantiles(scope: Scope) -> ir.Table:
    """``period, dimensions, session_length_median, session_length_p90`` in seconds."""
    visits = scope.within(scope.sample.sessions)
    keys = [*visits.keys, "period"]
    wanted = {"session_length_median": (1, 2), "session_length_p90": (9, 10)}
    return visits.named(quantile(_lengths(visits), keys, "seconds", **wanted))


def length_classes(scope: Scope) -> ir.Table:
    """``period, dimensions, length, session_lengths``: how many sessions are in each class of length."""
    visits = scope.within(scope.sample.sessions)
    rows = _lengths(visits)
    rows = rows.mutate(length=length_class(rows.seconds))
    return visits.named(rows.group_by([*visits.keys, "period", "length"]).aggregate(session_lengths=rows.count()))


def frequency(scope: Scope) -> ir.Table:
    """``period, dimensions, weekly_sessions, visitors``: the sum over visitors of each one's sessions per week."""
    visits = scope.within(scope.sample.sessions)
    people = visits.rows.group_by([*visits.keys, "period", "person"]).aggregate(visits=visits.rows.count())
    people = people.join(scope.sample.people.select("person", "created"), "person")
    end = scope.by_span(people, lambda span: ibis.least(span.following(people.period), span.last + 1))
    # A session may begin before its person was ever seen, as nobody: its own day is the least there is.
    since = ibis.least(ibis.greatest(people.period, people.created), end - 1)
    people = people.mutate(per_week=people.visits.cast("float64") * 7 / (end - since))
    return visits.named(
        people.group_by([*visits.keys, "period"]).aggregate(
            weekly_sessions=people.per_week.sum(), visitors=people.count()
        )
    )
