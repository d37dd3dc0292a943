"""The rows that metrics count: of some days, looked up, filtered and placed in cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import ibis.expr.types as ir

from analytics.metrics import facts
from analytics.metrics.calendar import Day
from analytics.metrics.cube import Cube, Sets, cells_of, cube, dimensions_of
from analytics.metrics.tables import Tables


@dataclass(frozen=True)
class Sample:
    """What happened on the days ``first`` to ``last``, by every set of dimensions at once.

    ``where`` keeps rows with these values of dimensions. ``keep`` may store a table that several
    metrics use; by default each query works it out for itself. ``shared`` are look-ups that other
    samples use as well. Figures are asked of days from ``since`` on (``first``); those before only
    tell who was active before.
    """

    tables: Tables
    first: Day
    last: Day
    zone: str = "UTC"
    sets: Sets = ((),)
    where: Mapping[str, str] = field(default_factory=dict)
    keep: facts.Keep = lambda table: table
    shared: facts.Lookups | None = None
    since: Day | None = None

    @property
    def _asked_from(self) -> Day:
        return self.first if self.since is None else self.since

    @cached_property
    def _lookups(self) -> facts.Lookups:
        return self.shared or facts.Lookups(self.tables, self.keep)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        return dimensions_of(self.sets)

    def _resolved(self, rows: ir.Table, *also: str) -> ir.Table:
        """``rows`` with person, dimensions and what else is wanted, as far as they match ``where``."""
        rows = facts.resolve(self.tables, rows, {*self.dimensions, *self.where, *also}, self._lookups)
        return rows.filter(*(rows[name] == value for name, value in self.where.items())) if self.where else rows

    def _cells(self, rows: ir.Table) -> ir.Table | None:
        return cells_of(rows, self.sets, self.keep)

    @cached_property
    def _day_cells(self) -> ir.Table | None:
        return self._cells(self._user_days)

    def placed(self, rows: ir.Table, *columns: str, distinct: bool = False) -> Cube:
        """These columns of rows out of ``active`` or the like, in their cells; ``distinct``: once in each."""
        return self._placed(rows, self._day_cells, *columns, distinct=distinct)

    def _placed(self, rows: ir.Table, cells: ir.Table | None, *columns: str, distinct: bool = False) -> Cube:
        chosen = rows.select(*columns, *self.dimensions)
        in_cells = cube(chosen.distinct() if distinct else chosen, self.sets, cells)
        rows = in_cells.rows.select(*in_cells.keys, *columns)
        return in_cells.of(self.keep(rows.distinct() if distinct and cells is not None else rows))

    @cached_property
    def people(self) -> ir.Table:
        """``person, created, signup_us`` of everyone, whenever they were active."""
        return self._lookups.people

    @property
    def _sent_days(self) -> ir.Table:
        days = self.tables.user_day
        return days.filter(days.day.between(self.first, self.last))

    @cached_property
    def _user_days(self) -> ir.Table:
        rows = self._resolved(self._sent_days)
        resolved = ("account",) if self._has_accounts else ()
        return self.keep(rows.select("person", "day", "active_events", "signup_us", *resolved, *self.dimensions))

    @property
    def _has_accounts(self) -> bool:
        """Whether days are resolved with their account anyway: a customer segment is looked up by it."""
        return "customer_segment" in (*self.dimensions, *self.where)

    @cached_property
    def active(self) -> ir.Table:
        """``person, day, active_events`` and the dimensions, of every actor and day with activity."""
        return self._user_days.filter(self._user_days.active_events > 0)

    @cached_property
    def _asked(self) -> ir.Table:
        return self.active.filter(self.active.day >= self._asked_from)

    def person_days(self, since: Day) -> Cube:
        """``keys, person, day``: once each, for every day from ``since`` on on which a person was active."""
        return self.placed(self.active.filter(self.active.day >= since), "person", "day", distinct=True)

    @cached_property
    def events(self) -> Cube:
        """``keys, day, active_events``: summed up before they are placed in cells."""
        sums = self._asked.group_by("day", *self.dimensions).aggregate(active_events=self._asked.active_events.sum())
        return self.placed(sums, "day", "active_events")

    @cached_property
    def signups(self) -> Cube:
        """``keys, person, day`` of everyone's first signup."""
        days = self._user_days
        days = days.filter(days.signup_us > 0, days.day >= self._asked_from)
        who = self.people.select("person", first_signup_us="signup_us")
        first = days.join(who, [days.person == who.person, days.signup_us == who.first_signup_us])
        return self.placed(first, "person", "day", distinct=True)

    @cached_property
    def account_days(self) -> Cube:
        """``keys, person, account, day``: once each, for every day on which a person was active in an account."""
        rows = self._user_days if self._has_accounts else self._resolved(self._sent_days, "account")
        rows = rows.filter(rows.active_events > 0, rows.account != "", rows.day >= self._asked_from)
        return self.placed(rows, "person", "account", "day", distinct=True)

    @cached_property
    def sessions(self) -> Cube:
        """``keys, person, day, start_us, end_us, active_events`` of the sessions that began on these days."""
        rows = self.tables.sessions
        rows = self.keep(self._resolved(rows.filter(rows.day.between(self._asked_from, self.last))))
        return self._placed(rows, self._cells(rows), "person", "day", "start_us", "end_us", "active_events")

    @cached_property
    def named_events(self) -> Cube:
        """``keys, day, event, times``: active events by their name, summed up before they are placed in cells."""
        first, last = self._asked_from, self.last
        if not isinstance(first, int) or not isinstance(last, int):
            raise TypeError("Events carry instants, and by these alone nobody can tell days that are left open.")
        if not (self.dimensions or self.where):  # nothing of who they are is asked
            rows = facts.active_events(self.tables, first, last, self.zone)
            return Cube(self.keep(rows.group_by("day", "event").aggregate(times=rows.count())), ())
        rows = facts.named_events(self.tables, first, last, self.zone, self._has_accounts)
        rows = self._resolved(rows)
        sums = rows.group_by("day", "event", *self.dimensions).aggregate(times=rows.times.sum())
        return self._placed(sums, self._cells(sums), "day", "event", "times")
