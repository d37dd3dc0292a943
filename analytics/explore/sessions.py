"""Sessions that a question is about, and the events that lie in them."""

import ibis
import ibis.expr.types as ir

from analytics.explore.selecting import Question, in_segment
from analytics.metrics.calendar import DAY_US, local_day
from analytics.metrics.facts import with_person
from analytics.metrics.tables import Tables

KEY = ("source", "device", "session_id", "start_us")  # what tells sessions apart


def begun(tables: Tables, question: Question) -> ir.Table:
    """``KEY, end_us, active_events, person, day`` of the sessions that begin when asked for, to their very end.

    A session is its person's, whoever else sent events in it: a segment chooses by that person.
    """
    since, until = question.bounds_us
    rows = with_person(tables, tables.sessions)
    rows = rows.filter(rows.start_us >= since, rows.start_us < until)
    rows = rows.mutate(day=local_day(rows.start_us, question.timezone, question.first, question.last))
    return in_segment(tables, rows.select(*KEY, "end_us", "active_events", "person", "day"), question)


def ended_us(sessions: ir.Table) -> int:
    """When the last of them ends; 0: there is none."""
    return sessions.end_us.max().to_pyarrow().as_py() or 0


def within(events: ir.Table, sessions: ir.Table) -> ir.Table:
    """Events with ``KEY``, person and day of the session they lie in.

    The key tells which it is where an SDK named the session. The others last a day at most, so
    that an event lies on the UTC day, as a number, on which its session begins or ends.
    """
    sent = events.drop("person", "day").rename({f"sent_{name}": name for name in KEY[:3]})
    sent = sent.mutate(met_on=_met_on(sent.sent_session_id, sent.at_us))
    begins, ends = (
        sessions.mutate(met_on=_met_on(sessions.session_id, at)) for at in (sessions.start_us, sessions.end_us)
    )
    met = begins.union(ends, distinct=True)
    return sent.join(
        met,
        [
            *(sent[f"sent_{name}"] == met[name] for name in KEY[:3]),
            sent.met_on == met.met_on,
            sent.at_us >= met.start_us,
            sent.at_us <= met.end_us,
        ],
    )


def _met_on(session_id: ir.StringValue, at_us: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.ifelse(session_id == "", at_us // DAY_US, 0)
