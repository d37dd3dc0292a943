"""What is told of the attempts that count: how many got where, how fast, and whether that changes over time."""

from dataclasses import replace
from math import ceil, floor
from statistics import fmean, median
from typing import Any

import ibis
import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.breakdown import OTHER
from analytics.explore.kinds.funnel import attempts, named, passes
from analytics.explore.kinds.funnel.matching import matched
from analytics.explore.kinds.funnel.question import Funnel, Point
from analytics.explore.periods import covering
from analytics.metrics.calendar import SECOND_US, instant_later
from analytics.metrics.quantiles import quantile
from analytics.metrics.tables import Tables

FRACTIONS = {"median_seconds": (1, 2), "p90_seconds": (9, 10)}
MOST_BINS = 60


def attempts_of(asking: Asking, funnel: Funnel) -> ir.Table:
    """``funnel.key, step, at_us, before_us`` of the attempts that count, in the fastest way that there is."""
    rows = matched(asking.tables, funnel)
    if asking.is_embedded and passes.can_take(funnel):
        return ibis.memtable(passes.of_rows(asking.arrow(rows), funnel))
    return attempts.reached(rows, funnel)


def in_sql(tables: Tables, funnel: Funnel) -> ir.Table:
    """The same in the way that every engine has."""
    return attempts.reached(matched(tables, funnel), funnel)


def _of_all(asking: Asking, funnel: Funnel, reached: ir.Table) -> ir.Table:
    """The attempts that count when values are not told apart, from those of each value where these are everyone's."""
    if funnel.breakdown and not funnel.breakdown.is_of_person():
        return attempts_of(asking, replace(funnel, breakdown=None))
    return reached


def steps(asking: Asking, funnel: Funnel) -> dict[str, Any]:
    """``steps``; with a ``breakdown`` also those of each value, the largest first."""
    if (found_by_name := named.done(asking, funnel)) is not None:
        asking.instead_of(lambda: _counts(in_sql(asking.tables, funnel), []))
        rows = named.counts(funnel, found_by_name, FRACTIONS)
        return {"steps": _told(funnel, {row["step"]: row for row in rows})}
    reached = attempts_of(asking, funnel)
    rows = asking.rows(_counts(_of_all(asking, funnel, reached), []))
    answer: dict[str, Any] = {"steps": _told(funnel, {row["step"]: row for row in rows})}
    if funnel.breakdown:
        found: dict[str, dict[int, dict[str, Any]]] = {}
        for row in asking.rows(_counts(reached, ["value"])):
            found.setdefault(row["value"], {})[row["step"]] = row
        ordered = sorted(found.items(), key=_largest_first)
        answer["breakdown"] = [{"value": value, "steps": _told(funnel, told)} for value, told in ordered]
    return answer


def _counts(reached: ir.Table, by: list[str]) -> ir.Table:
    """``by, step, count, mean_seconds, median_seconds, p90_seconds``."""
    key = [*by, "step"]
    reached = reached.mutate(us=reached.at_us - reached.before_us)
    # Of whole numbers: the sum of floating ones depends on the order in which an engine adds them.
    mean = _seconds(reached.us.sum().cast("float64") / reached.count())
    counts = reached.group_by(key).aggregate(count=reached.count(), mean_seconds=mean)
    reached = reached.mutate(seconds=_seconds(reached.us))
    times = quantile(reached.select(*key, "seconds"), key, "seconds", **FRACTIONS)
    return counts.join(times, key)


def _seconds(us: ir.IntegerValue) -> ir.FloatingValue:
    return us.cast("float64") / SECOND_US


def _told(funnel: Funnel, rows: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the first step there is no time; nor of one that nobody reached."""
    times = ("mean_seconds", "median_seconds", "p90_seconds")
    told = []
    for number in range(len(funnel.steps)):
        row = rows.get(number, {})
        seconds = {name: row.get(name) if number else None for name in times}
        told.append({"index": number, "count": row.get("count", 0), **seconds})
    return told


def _largest_first(found: tuple[str, dict[int, dict[str, Any]]]) -> tuple[bool, int, str]:
    value, rows = found
    return value == OTHER, -rows.get(0, {}).get("count", 0), value


def trend(asking: Asking, funnel: Funnel, now_us: int) -> dict[str, Any]:
    """``periods``: of those who entered in each, how many got to the last step; with a ``breakdown`` of each value."""
    reached = attempts_of(asking, funnel)
    entered = _entered(asking, funnel, _of_all(asking, funnel, reached), []).get("", {})
    answer: dict[str, Any] = {"periods": _periods(funnel, entered, now_us)}
    if funnel.breakdown:
        found = _entered(asking, funnel, reached, ["value"])
        ordered = sorted(found.items(), key=lambda each: (each[0] == OTHER, -sum(each[1].values()), each[0]))
        answer["breakdown"] = [
            {"value": value, "periods": _periods(funnel, counts, now_us)} for value, counts in ordered
        ]
    return answer


def _entered(asking: Asking, funnel: Funnel, reached: ir.Table, by: list[str]) -> dict[str, dict[tuple[int, str], int]]:
    """Value → number of the period, and whether entered or converted → how many."""
    wanted = {funnel.from_step: "entered", funnel.until_step: "converted"}
    chosen = reached.filter(reached.step.isin(list(wanted)))
    found: dict[str, dict[tuple[int, str], int]] = {}
    for row in asking.rows(chosen.group_by([*by, "period", "step"]).aggregate(count=chosen.count())):
        found.setdefault(row.get("value", ""), {})[row["period"], wanted[row["step"]]] = row["count"]
    return found


def _periods(funnel: Funnel, counts: dict[tuple[int, str], int], now_us: int) -> list[dict[str, Any]]:
    told = []
    all_periods = covering(funnel, funnel.grain)
    known_until = min(now_us, funnel.bounds_us[1])
    for number, label in enumerate(all_periods.labels):
        entered, converted = (counts.get((number, name), 0) for name in ("entered", "converted"))
        window, end = funnel.window, all_periods.starts_us[number + 1]
        told.append(
            {
                "period": label,
                "entered": entered,
                "converted": converted,
                "rate": converted / entered if entered else None,
                "complete": instant_later(end, window.value, window.unit, funnel.timezone) <= known_until,
            }
        )
    return told


def time_to_convert(asking: Asking, funnel: Funnel) -> dict[str, Any]:
    """``bins`` of equal width, in whole seconds, of the time from ``from_step`` to ``until_step``; mean and median."""
    seconds = _to_convert(asking, funnel)
    if not seconds:
        return {"bins": [], "mean_seconds": None, "median_seconds": None, "count": 0}
    count = len(seconds)
    return {
        "bins": _bins(seconds, funnel.bins or min(MOST_BINS, ceil(round(count ** (1 / 3), 9)))),
        "mean_seconds": fmean(seconds),
        "median_seconds": median(seconds),
        "count": count,
    }


def _to_convert(asking: Asking, funnel: Funnel) -> list[float]:
    """Everyone's seconds, in order."""
    if (found_by_name := named.done(asking, funnel)) is not None:
        asking.instead_of(lambda: _times(in_sql(asking.tables, funnel), funnel))
        return named.seconds_between(found_by_name, funnel.from_step, funnel.until_step)
    return asking.arrow(_times(attempts_of(asking, funnel), funnel))["seconds"].to_pylist()


def _times(reached: ir.Table, funnel: Funnel) -> ir.Table:
    key = list(funnel.key)
    begun = reached.filter(reached.step == funnel.from_step).select(*key, begun_us="at_us")
    ended = reached.filter(reached.step == funnel.until_step).select(*key, ended_us="at_us")
    both = begun.join(ended, key)
    return both.select(seconds=_seconds(both.ended_us - both.begun_us)).order_by("seconds")


def _bins(seconds: list[float], number: int) -> list[dict[str, int]]:
    """One more than asked for: the last holds what equals the upper end."""
    least = floor(seconds[0])
    width = ceil((ceil(seconds[-1]) - least) / number) or 60
    counts = [0] * (number + 1)
    for each in seconds:
        counts[int((each - least) // width)] += 1
    return [{"from_seconds": least + place * width, "count": count} for place, count in enumerate(counts)]


def people(asking: Asking, funnel: Funnel, point: Point) -> ir.Table:
    """Those who did a step, or those who stopped before it."""
    reached = attempts_of(asking, funnel)
    if point.breakdown is not None:
        reached = reached.filter(reached.value == point.breakdown)
    if point.period is not None:
        reached = reached.filter(reached.period == point.period)
    if point.step is not None:
        return reached.filter(reached.step == point.step)
    assert point.dropped_before is not None
    came = reached.filter(reached.step == funnel.mandatory_before[point.dropped_before])
    went_on = reached.filter(reached.step == point.dropped_before).select(*funnel.key)
    return came.anti_join(went_on, list(funnel.key))
