"""How far the stored figures hold: what was counted, what moved since, and whether it means the same still.

Rollups of another version than the one that holds now are passed over: ``user_day`` answers, by
the definitions of now. What it can't answer rightly, because it was itself derived in another
time zone or for other goals and waits to be derived again, is labelled as not current.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import CharField, Value

from analytics.metrics.calendar import Grain, date_of, day_number, next_period, period_of, today
from analytics.metrics.scope import ROLLING_DAYS
from analytics.rollups import versions
from analytics.rollups.models import Watermark
from analytics.stale import StaleDays

Days = tuple[date, date]  # first and last, both included
NEVER_WRITTEN = (Watermark.Step.ROLLUPS, date.min, date.min, None, "")


@dataclass(frozen=True)
class Standing:
    """``done`` is the day on which figures were last worked out: the days before it were over, and are counted.

    ``written`` is when they were last written, or ceased to be what may be shown.
    """

    version: str
    """Of the figures that are right now."""
    today: date
    done: date
    written: datetime | None
    outdated: bool
    """Whether the rollups are of another version."""
    underived: Sequence[Days]
    """Where derived tables are of another version, too."""
    old_personas: bool
    """Whether personas are, wherever."""
    moved: Sequence[Days]
    """Where people were merged or parted since."""

    def stale(self, asked: Iterable[date], grain: Grain) -> set[date]:
        """The periods whose rollups are behind: of another version, not written yet, or moved by a merge since.

        A period that has not been rolled up to its end, or to today, is not written yet.
        """
        return {
            period
            for period in asked
            if self.outdated
            or self.done < min(end_of(period, grain), self.today)
            or any(reaches(days, period, grain) for days in self.moved)
        }

    @property
    def stamp(self) -> str | None:
        """Changes whenever figures do; None while some are answered from elsewhere than the rollups."""
        return None if self.outdated or self.moved or not self.written else str(self.written)

    def is_complete(self, period: date, grain: Grain) -> bool:
        """Whether the period is over, and was when it was last counted."""
        return end_of(period, grain) < min(self.done, self.today)

    def is_current(self, period: date, grain: Grain, dimensions: Collection[str | None]) -> bool:
        """Whether all that the period's figures by these dimensions rest on is as the definitions of now have it."""
        if self.old_personas and "persona" in dimensions:
            return False
        return not any(reaches(days, period, grain) for days in self.underived)

    @property
    def is_all_current(self) -> bool:
        return not self.underived and not self.old_personas


def standing(version: str) -> Standing:
    """How figures stand to ``version``, which is ``versions.current()``. One query, more if they are of another."""
    marks = StaleDays.objects.values_list("kind", "first_day", "last_day", "at", Value("", output_field=CharField()))
    written = Watermark.objects.filter(step=Watermark.Step.ROLLUPS, day__isnull=False)
    rows = list(marks.union(written.values_list("step", "day", "day", "at", "version"), all=True))
    queued = {kind: [(first, last) for of, first, last, *_ in rows if of == kind] for kind in StaleDays.Kind}
    _, done, _, at, carried = next((row for row in rows if row[0] == Watermark.Step.ROLLUPS), NEVER_WRITTEN)
    outdated = at is not None and carried != version
    return Standing(
        version=version,
        today=today(settings.PROJECT_TIME_ZONE),
        done=done,
        written=at,
        outdated=outdated,
        underived=_underived(queued[StaleDays.Kind.EVENTS]) if outdated else (),
        old_personas=outdated and not _are_personas_current(),
        moved=queued[StaleDays.Kind.IDENTITY],
    )


def _underived(queued: Sequence[Days]) -> Sequence[Days]:
    """All days before everything was asked for again, then those that are still waiting."""
    asked_for = Watermark.objects.filter(step=Watermark.Step.DERIVED, version=versions.derived()).exists()
    return queued if asked_for else [(date.min, date.max)]


def _are_personas_current() -> bool:
    worked_out = Watermark.objects.filter(step=Watermark.Step.PERSONAS).first()
    return worked_out is None or worked_out.day is None or worked_out.version == versions.personas(worked_out.day)


def end_of(period: date, grain: Grain) -> date:
    return date_of(next_period(day_number(period), grain) - 1)


def reaches(days: Days, period: date, grain: Grain) -> bool:
    """Whether a change of ``days`` moves the period's figures: by its own days, its rolling month or the one before."""
    first, last = days
    before = date_of(period_of(day_number(period) - 1, grain, settings.WEEK_START))
    since = min(before, period - timedelta(days=ROLLING_DAYS - 1))
    return first <= end_of(period, grain) and since <= last
