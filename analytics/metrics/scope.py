"""What is asked of a metric: periods, dimensions, filters; and the rows it counts, ready to be grouped.

Several combinations of dimensions are answered by one query. SQL has GROUPING SETS for that, but
not every engine, and Ibis has none; so rows are joined with the list of *cells* they belong to. A
cell is one combination of values, in which an empty value stands for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import ibis
import ibis.expr.types as ir

from analytics.metrics import facts
from analytics.metrics.calendar import Grain, period_of, previous_period
from analytics.metrics.tables import Tables

ROLLING_DAYS = 30


@dataclass(frozen=True)
class Cube:
    """Rows in the cells they belong to; ``keys`` name a cell, ``named`` gives a result its dimensions."""

    rows: ir.Table
    keys: tuple[str, ...]
    cells: ir.Table | None = None

    def named(self, result: ir.Table) -> ir.Table:
        if self.cells is None:
            return result
        return result.join(self.cells, "cell").drop("cell")

    def replacing(self, rows: ir.Table) -> "Cube":
        return replace(self, rows=rows)


def cube(rows: ir.Table, sets: tuple[tuple[str, ...], ...]) -> Cube:
    """Place each row in one cell for every set of dimensions."""
    dimensions = union_of(sets)
    if len(sets) == 1:
        return Cube(rows, dimensions)
    order = [ibis._[name] for name in dimensions]
    combos = rows.select(*dimensions).distinct().mutate(combo=ibis.row_number().over(order_by=order))
    placed = ibis.union(*(_rolled_up(combos, chosen) for chosen in sets))
    cells = placed.select(*dimensions).distinct().mutate(cell=ibis.row_number().over(order_by=order))
    cells_of_combo = placed.join(cells, dimensions).select("combo", "cell")
    others = [name for name in rows.columns if name not in dimensions]
    return Cube(rows.join(combos, dimensions).join(cells_of_combo, "combo").select("cell", *others), ("cell",), cells)


def _rolled_up(combos: ir.Table, chosen: tuple[str, ...]) -> ir.Table:
    """``combos`` with an empty value for every dimension that is not chosen."""
    everything = ibis.literal("")
    return combos.mutate(**{name: everything for name in combos.columns if name not in (*chosen, "combo")})


def union_of(sets: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for chosen in sets for name in chosen))


@dataclass(frozen=True)
class Sample:
    """The rows that metrics count, of the days ``first`` to ``last``, by every set of dimensions at once.

    ``where`` keeps rows with these values of dimensions. ``keep`` may store a table that several
    metrics use; by default each query works it out for itself.
    """

    tables: Tables
    first: int
    last: int
    zone: str = "UTC"
    sets: tuple[tuple[str, ...], ...] = ((),)
    where: Mapping[str, str] = field(default_factory=dict)
    keep: Callable[[ir.Table], ir.Table] = lambda table: table

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        return union_of(self.sets)

    def resolved(self, rows: ir.Table, *also: str) -> ir.Table:
        """``rows`` with person, dimensions and what else is wanted, as far as they match ``where``."""
        rows = facts.resolve(self.tables, rows, {*self.dimensions, *self.where, *also})
        return rows.filter(*(rows[name] == value for name, value in self.where.items())) if self.where else rows

    def cubed(self, rows: ir.Table) -> Cube:
        return cube(rows, self.sets)

    @cached_property
    def user_days(self) -> ir.Table:
        days = self.tables.user_day
        rows = self.resolved(days.filter(days.day.between(self.first, self.last)))
        return self.keep(rows.select("person", "day", "active_events", "signup_us", *self.dimensions))

    @cached_property
    def person_days(self) -> Cube:
        """``keys, person, day``: once each, for every day on which a person was active."""
        active = self.user_days.filter(self.user_days.active_events > 0)
        found = self.cubed(active.select("person", "day", *self.dimensions).distinct())
        return found.replacing(self.keep(found.rows.select(*found.keys, "person", "day").distinct()))

    @cached_property
    def people(self) -> ir.Table:
        """``person, created, signup_us`` of everyone, whenever they were active."""
        return self.keep(facts.people(self.tables))

    @cached_property
    def sessions(self) -> Cube:
        """``keys, person, day, start_us, end_us, active_events`` of the sessions that began on these days."""
        rows = self.tables.sessions
        rows = self.resolved(rows.filter(rows.day.between(self.first, self.last)))
        found = self.cubed(rows.select("person", "day", "start_us", "end_us", "active_events", *self.dimensions))
        return found.replacing(self.keep(found.rows))


@dataclass(frozen=True)
class Scope:
    """A metric's question: the periods of ``grain`` from the one of ``first`` to the one of ``last``.

    ``last`` may lie within its period: then nothing later is known yet, and figures that are
    taken on a period's last day are taken on it.
    """

    sample: Sample
    first: int
    last: int
    grain: Grain = "day"
    week_start: int = 0

    def period_of(self, day: ir.IntegerValue) -> ir.IntegerValue:
        return period_of(day, self.grain, self.week_start)

    @property
    def first_period(self) -> int:
        return period_of(self.first, self.grain, self.week_start)

    @property
    def last_period(self) -> int:
        return period_of(self.last, self.grain, self.week_start)

    def within(self, rows: ir.Table) -> ir.Table:
        """``rows`` of the periods asked for, with their ``period`` in place of ``day``."""
        rows = rows.filter(rows.day.between(self.first_period, self.last))
        return rows.mutate(period=self.period_of(rows.day).cast("int32")).drop("day")


def days_needed(first: int, last: int, grain: Grain, week_start: int) -> tuple[int, int]:
    """The days a sample must hold so that every metric can answer for the periods of ``first`` to ``last``."""
    period = period_of(first, grain, week_start)
    return min(previous_period(period, grain), period - ROLLING_DAYS + 1), last


def scope(
    tables: Tables,
    first: int,
    last: int,
    grain: Grain = "day",
    *,
    zone: str = "UTC",
    week_start: int = 0,
    by: tuple[str, ...] = (),
    where: Mapping[str, str] | None = None,
) -> Scope:
    """The question of one metric, by one set of dimensions."""
    sample = Sample(tables, *days_needed(first, last, grain, week_start), zone, (by,), where or {})
    return Scope(sample, first, last, grain, week_start)
