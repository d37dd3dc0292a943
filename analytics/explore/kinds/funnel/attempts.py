"""How far each key of a funnel got, in windows over its events that every engine has.

An attempt begins with a first step and is known by that instant. Every event that is step k
advances the most recent attempt that got to step k − 1 and whose window is not over. Starts of
attempts never decrease in time, so that "the most recent attempt that got there" is a running
maximum; 0 stands for none. Of a key counts the attempt that gets furthest, among equals the first.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from analytics.explore.kinds.funnel.moments import NEVER, between_steps_alone, deadline, in_turn
from analytics.explore.kinds.funnel.question import Funnel
from analytics.explore.kinds.funnel.unordered import in_any_order


def reached(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """``funnel.key, step, at_us, before_us``: every step of the attempt that counts for each key.

    ``rows`` are those of ``matching.matched``. ``before_us`` is when the step before was reached
    that can't be left out; 0 for the first.
    """
    if funnel.order == "unordered":
        return in_any_order(rows, funnel)
    walk = _Walk(funnel)
    attempts = walk.attempts(rows)
    return walk.steps_of(attempts, walk.measured(attempts))


@dataclass(frozen=True)
class _Walk:
    """Attempts in the order of their steps, with others between them allowed or, if strict, not."""

    funnel: Funnel

    @property
    def _count(self) -> int:
        return len(self.funnel.steps)

    def _excluding(self, step: int) -> bool:
        return any(each.from_step <= step < each.to_step for each in self.funnel.exclusions)

    def _in_order(self, rows: ir.Table) -> ir.Table:
        """``rows`` numbered by ``place`` within their key: at one instant exclusions, then by the step that each is.

        What is alike in all of these may change places: nothing comes of it.
        """
        rows = between_steps_alone(rows, self.funnel)
        key = [rows[name] for name in self.funnel.key]
        copy: ir.IntegerValue = ibis.literal(0, "int64")
        if self.funnel.may_be_alike:
            copy = ibis.row_number().over(group_by=[*key, rows.at_us, rows.steps], order_by=rows.excludes)
        rows = rows.mutate(turn=ibis.ifelse(rows.excludes > 0, -1, in_turn(rows.steps, copy, self._count)))
        key = [rows[name] for name in self.funnel.key]
        order = [rows.at_us, rows.turn, rows.steps, rows.excludes]
        return rows.mutate(place=ibis.row_number().over(group_by=key, order_by=order).cast("int64") + 1)

    def _before(self, rows: ir.Table, value: ir.IntegerValue) -> ir.IntegerValue:
        """The greatest ``value`` before each row; strict: that of the row just before."""
        key, order = [rows[name] for name in self.funnel.key], rows.place
        if self.funnel.order == "strict":
            return value.lag(1).over(group_by=key, order_by=order).coalesce(0)
        return self._greatest_before(rows, value)

    def _greatest_before(self, rows: ir.Table, value: ir.IntegerValue) -> ir.IntegerValue:
        key = [rows[name] for name in self.funnel.key]
        window = ibis.window(group_by=key, order_by=rows.place, preceding=(None, 1))
        return value.max().over(window).coalesce(0)

    def attempts(self, rows: ir.Table) -> ir.Table:
        """Rows with ``start_k``, the attempt that an event brought to step k; ``spoilt_k``: after an exclusion."""
        rows = self._in_order(rows)
        rows = rows.mutate(start_0=ibis.ifelse(((rows.steps & 1) > 0) & rows.begins, rows.at_us, 0))
        for step in range(1, self._count):
            rows = self._with_ways(rows, step)
            rows = self._advanced(rows, step)
        return rows

    def _with_ways(self, rows: ir.Table, step: int) -> ir.Table:
        """``rows`` with ``from_k``, the attempts that stand at step k before each row, and when they came there."""
        last = step - 1
        rows = rows.mutate(self._before(rows, rows[f"start_{last}"]).name(f"from_{last}"))
        if self._excluding(last):
            arrived = ibis.ifelse(rows[f"start_{last}"] > rows[f"from_{last}"], rows.place, 0)
            ended = ibis.ifelse((rows.excludes & 1 << last) > 0, rows.place, 0)
            rows = rows.mutate(arrived=arrived, ended=ended)
            arrived, ended = self._greatest_before(rows, rows.arrived), self._greatest_before(rows, rows.ended)
            rows = rows.mutate(ibis.ifelse(ended > arrived, 1, 0).name(f"ended_{last}")).drop("arrived", "ended")
        return rows

    def _advanced(self, rows: ir.Table, step: int) -> ir.Table:
        """``rows`` with ``start_k`` and ``spoilt_k`` of this step."""
        start: ir.IntegerValue = ibis.literal(0, "int64")
        ended: ir.IntegerValue = ibis.literal(0, "int8")
        for way in reversed(self.funnel.ways(step)):
            standing = rows[f"from_{way}"]
            in_time = (standing > 0) & (rows.at_us <= deadline(standing, self.funnel))
            start = ibis.ifelse(in_time, standing, start)
            ended = ibis.ifelse(in_time, rows[f"ended_{way}"] if self._excluding(way) else 0, ended)
        matches = (rows.steps & 1 << step) > 0
        return rows.mutate(
            ibis.ifelse(matches & (ended == 0), start, 0).name(f"start_{step}"),
            ibis.ifelse(matches & (ended == 1), start, 0).name(f"spoilt_{step}"),
        )

    def measured(self, rows: ir.Table) -> ir.Table:
        """``funnel.key, start, furthest``: of each key the attempt that counts; none where no clean one got as far."""
        rows = self._with_ends(rows)
        far: ir.IntegerValue = ibis.literal(-1, "int64")
        for step in range(self._count):
            here = rows[f"start_{step}"] > 0
            far = ibis.ifelse(here | (rows[f"spoilt_{step}"] > 0) if step else here, step, far)
        rows = rows.mutate(far=far.cast("int64"))
        furthest = rows.group_by(list(self.funnel.key)).aggregate(furthest=rows.far.max())
        rows = rows.join(furthest, list(self.funnel.key))
        start: ir.IntegerValue = ibis.literal(0, "int64")
        for step in range(self._count):
            clean = rows[f"start_{step}"]
            if self._excluding(step):
                came_before = rows[f"from_{step}"] >= clean
                clean = ibis.ifelse(came_before | (rows[f"end_{step}"] <= deadline(clean, self.funnel)), 0, clean)
            start = ibis.ifelse(rows.furthest == step, clean, start)
        rows = rows.mutate(start=start)
        measured = rows.filter(rows.start > 0)
        measured = measured.group_by([*self.funnel.key, "furthest"]).aggregate(start=measured.start.min())
        return self._without_leavers(rows, measured) if "period" in self.funnel.key else measured

    def _without_leavers(self, rows: ir.Table, measured: ir.Table) -> ir.Table:
        """``measured`` without those who went on after an exclusion in any period, where they didn't get to the end."""
        if not self.funnel.exclusions:
            return measured
        spoilt: ir.BooleanValue = ibis.literal(False)
        for step in range(1, self._count):
            spoilt = spoilt | ((rows.furthest == step) & (rows[f"spoilt_{step}"] > 0))
        whose = [name for name in self.funnel.key if name != "period"]
        went_on = rows.filter(spoilt).anti_join(measured, list(self.funnel.key)).select(*whose).distinct()
        at_the_end = measured.filter(measured.furthest == self._count - 1)
        stopped = measured.filter(measured.furthest < self._count - 1)
        return ibis.union(at_the_end, stopped.anti_join(went_on, whose))

    def _with_ends(self, rows: ir.Table) -> ir.Table:
        """``rows`` with ``end_k``: when the next exclusion comes for who stands at step k."""
        key = [rows[name] for name in self.funnel.key]
        ahead = ibis.window(group_by=key, order_by=rows.place.desc(), preceding=(None, 1))
        for step in filter(self._excluding, range(self._count)):
            sooner = ibis.ifelse((rows.excludes & 1 << step) > 0, NEVER - rows.at_us, 0)
            rows = rows.mutate((NEVER - sooner.max().over(ahead).coalesce(0)).name(f"end_{step}"))
        return rows

    def steps_of(self, rows: ir.Table, measured: ir.Table) -> ir.Table:
        """``funnel.key, step, at_us, before_us`` of the attempts that count."""
        key = list(self.funnel.key)
        own = rows.join(measured, key)
        firsts = {}
        for step in range(self._count):
            of_it = (own[f"start_{step}"] == own.start) & (own.furthest >= step)
            firsts[f"place_{step}"] = ibis.ifelse(of_it, own.place, NEVER).min()
            firsts[f"at_{step}"] = ibis.ifelse(of_it, own.at_us, NEVER).min()
        found = own.group_by([*key, "furthest"]).aggregate(**firsts)
        return _one_by_one(self._with_done(found), self.funnel)

    def _with_done(self, found: ir.Table) -> ir.Table:
        """``found`` with ``done_k``: an optional step only counts when it came before the next one did."""
        following: ir.IntegerValue = ibis.literal(NEVER, "int64")
        for step in reversed(range(self._count)):
            place = found[f"place_{step}"]
            done = (place < following) & (found.furthest >= step)
            found = found.mutate(done.name(f"done_{step}"))
            following = ibis.ifelse(done, place, following)
        return found


def _one_by_one(found: ir.Table, funnel: Funnel) -> ir.Table:
    """A row for every ``done_k``, with ``at_k`` and that of the last step before it that can't be left out."""

    def of_step(step: int, before: int) -> ir.Table:
        done = found.filter(found[f"done_{step}"])
        since = done[f"at_{before}"] if before >= 0 else ibis.literal(0, "int64")
        return done.select(
            *funnel.key,
            step=ibis.literal(step, "int64"),
            at_us=done[f"at_{step}"].cast("int64"),
            before_us=since.cast("int64"),
        )

    return ibis.union(*(of_step(step, before) for step, before in enumerate(funnel.mandatory_before)))
