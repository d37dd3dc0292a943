"""How far a change of some days reaches: which other days' figures it moves, and which periods hold them.

A first touch or a signup decides a person's channel on all of their days, a trait holds from its
day on, the earliest event decides when a person is new. Rows only come: what decided before and
is still there decides still. What goes is put in the queue with all of the days on which it counted.
"""

from collections.abc import Collection, Iterable

import ibis
import ibis.expr.types as ir

from analytics.metrics import facts
from analytics.metrics.calendar import DAY_US, Grain, next_period, period_of
from analytics.metrics.scope import ROLLING_DAYS, Span
from analytics.rollups.days import Run, runs
from analytics.rollups.plans import is_one_of, numbers

ALWAYS = 0
NEAR_DAYS = 62  # stretches this close share most of the days they look back on


def moved_days(lookups: facts.Lookups, keep: facts.Keep) -> ir.Table:
    """``day``: all others than the days that changed on which someone counts otherwise because of what came on these.

    The query is open: its days are told as ``told_of`` says.
    """
    tables = lookups.tables
    moved = ibis.union(*(since.select("person", since=since.since.cast("int32")) for since in _moved(lookups)))
    moved = keep(moved.group_by("person").aggregate(since=moved.since.min()))
    merged = tables.identities.join(moved, "person").select("actor", "since")
    actors = keep(moved.select(moved.person.name("actor"), "since").union(merged))
    found = []
    for rows in (tables.user_day, tables.sessions):
        others = rows.filter(~_changed(rows.day)).select("actor", "day").join(actors, "actor")
        found.append(others.filter(others.day >= others.since).select("day"))
    return ibis.union(*found, distinct=True)


def told_of(changed: Collection[int]) -> dict[str, str]:
    """What ``moved_days`` is to be told of the days that changed, of which there is one at least."""
    near = {day + by for day in changed for by in (-1, 0, 1)}
    return {"changed": numbers(changed), "near": numbers(near)}


def _changed(day: ir.IntegerValue) -> ir.BooleanValue:
    return is_one_of(day, "changed")


def _moved(lookups: facts.Lookups) -> Iterable[ir.Table]:
    """``person, since``: whose figures move, and from which day on."""
    tables, who, came = lookups.tables, lookups.people, lookups.channels
    signed_up = (who.signup_us != facts.NEVER) & _may_be_of_changed(who.signup_us)
    yield who.filter(_changed(who.created) | signed_up).select("person", since=ALWAYS)
    yield came.filter(_may_be_of_changed(came.touch_us)).select("person", since=ALWAYS)
    history = tables.trait_history
    fresh = history.filter(_changed(history.day))
    of_actor = ibis.ifelse(fresh.subject_kind == "actor", fresh.subject, "0").cast("int64")
    actors = fresh.mutate(actor=of_actor).filter(fresh.subject_kind == "actor")
    yield facts.with_person(tables, actors).select("person", since="day")
    accounts = fresh.filter(fresh.subject_kind == "account").select(account="subject", since="day")
    acted = tables.user_day.filter(tables.user_day.account != "").join(accounts, "account")
    yield facts.with_person(tables, acted.select("actor", "since")).select("person", "since")
    actor = ibis.ifelse(history.subject_kind == "actor", history.subject, "0").cast("int64")
    joining = history.mutate(actor=actor).filter(history.subject_kind == "actor", history.field == "account")
    joined = joining.join(accounts, joining.value == accounts.account).select("actor", "since")
    yield facts.with_person(tables, joined).select("person", "since")


def _may_be_of_changed(us: ir.IntegerValue) -> ir.BooleanValue:
    """Whether an instant may lie on these days, in whatever zone: a day too many is only worked out in vain."""
    return is_one_of(us // DAY_US, "near")


def stretches(days: Iterable[int]) -> list[Run]:
    """``days`` as few stretches, each worth working out as a whole."""
    found: list[Run] = []
    for run in runs(days):
        if found and run.first - found[-1].last <= NEAR_DAYS:
            found[-1] = Run(found[-1].first, run.last)
        else:
            found.append(run)
    return found


def reached(stretch: Run, grain: Grain, week_start: int, through: int) -> Span:
    """The periods whose figures depend on ``stretch``, up to the day ``through``.

    Who was active counts in the rolling month after, and as returning or dormant in the period after.
    """
    first = period_of(stretch.first, grain, week_start)
    compared = next_period(period_of(stretch.last, grain, week_start), grain)
    rolling = period_of(stretch.last + ROLLING_DAYS - 1, grain, week_start)
    last = min(next_period(max(compared, rolling), grain) - 1, through)
    return Span(first, last, grain, week_start)
