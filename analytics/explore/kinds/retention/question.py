"""What is asked of retention: who starts, who comes back, in which columns."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from analytics.explore.periods import HOUR_US, Grain, Periods, covering, ending
from analytics.explore.selecting import Question, Selector

WINDOW_US = {"hour": HOUR_US, "day": 24 * HOUR_US, "week": 7 * 24 * HOUR_US, "month": 30 * 24 * HOUR_US}


@dataclass(frozen=True)
class Column:
    """Coming back ``first`` to ``last`` periods after the start, both included."""

    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Retention(Question):
    """``count`` periods up to the end of the time asked about; None: those it touches.

    A return takes ``minimum_occurrences`` events in one period. With ``rolling``, distances are
    counted from the instant of each person's own start, in windows of 1 hour, 24 hours, 7 or 30
    days. ``brackets`` are the distances at which columns begin.
    """

    start: Selector
    returning: Selector
    mode: Literal["first_time", "recurring"] = "first_time"
    grain: Grain = "day"
    count: int | None = None
    on_or_after: bool = False
    minimum_occurrences: int = 1
    rolling: bool = False
    brackets: tuple[int, ...] = ()

    @cached_property
    def cohorts(self) -> Periods:
        if self.count is None:
            return covering(self, self.grain)
        return ending(self, self.grain, self.count)

    @cached_property
    def columns(self) -> list[Column]:
        """The last bracket has no end of its own: it is that very period."""
        if not self.brackets:
            return [Column(distance, distance) for distance in range(len(self.cohorts))]
        following = [*(bracket - 1 for bracket in self.brackets[1:]), self.brackets[-1]]
        return [Column(0, 0), *(Column(*ends) for ends in zip(self.brackets, following, strict=True))]

    @cached_property
    def seen(self) -> Periods:
        """The periods in which returns are looked for: brackets may reach beyond the last cohort's."""
        return self.cohorts.with_more(after=self.brackets[-1] if self.brackets else 0)

    def over_us(self, cohort: int, column: Column) -> int:
        """When nobody of a cohort can come back in a column any more."""
        if self.rolling and column.last:
            return self.cohorts.starts_us[cohort + 1] + (column.last + 1) * WINDOW_US[self.grain]
        return self.seen.starts_us[cohort + column.last + 1]

    @property
    def until_us(self) -> int:
        """When nobody can come back in any cell any more."""
        return max(self.over_us(cohort, self.columns_of(cohort)[-1]) for cohort in range(len(self.cohorts)))

    def columns_of(self, cohort: int) -> list[Column]:
        """Without brackets a row ends with the last period asked for."""
        return self.columns if self.brackets else self.columns[: len(self.cohorts) - cohort]


@dataclass(frozen=True)
class Point:
    """One cell: a cohort and a column, each counted from 0."""

    cohort: int
    offset: int
