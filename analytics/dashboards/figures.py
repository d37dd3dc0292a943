"""What a dashboard shows of the rollups: series on the days a reader chose and on those they compare with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.utils.dates import MONTHS_3
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.metrics.calendar import Grain, periods
from analytics.metrics.registry import METRICS, Metric
from analytics.rollups import versions
from analytics.rollups.queries import Point, several
from analytics.rollups.standing import Standing, standing
from productops.lib import dates
from productops.lib.cards import Column, Definition, Kind, Tile
from productops.lib.changes import Better, Change, count_noise, share_noise
from productops.lib.numbers import written_compactly
from productops.lib.periods import Filters, Span, months_before

DIMENSIONS = (
    ("platform", gettext_lazy("platform")),
    ("customer_segment", gettext_lazy("segment")),
    ("channel", gettext_lazy("channel")),
    ("persona", gettext_lazy("persona")),
)
KINDS: dict[str, Kind] = {"ratio": "percent", "seconds": "duration", "per_week": "number"}
SPARK_POINTS = 60
BETTER: dict[str, Better] = {"up": "up", "down": "down", "neither": ""}


def kind_of(metric: Metric) -> Kind:
    return KINDS.get(metric.unit, "count")


@dataclass(frozen=True)
class Trend:
    """One metric by period, each with its counterpart in the time compared with; ``before`` is empty without one."""

    metric: Metric
    points: Sequence[Point]
    before: Sequence[Point | None]

    @property
    def kind(self) -> Kind:
        return kind_of(self.metric)

    @property
    def values(self) -> list[float | None]:
        return [point.value for point in self.points]

    @property
    def values_before(self) -> list[float | None]:
        return [point.value if point else None for point in self.before]

    @property
    def incomplete(self) -> int:
        """How many periods at the end are not over."""
        return next((n for n, point in enumerate(reversed(self.points)) if point.complete), len(self.points))

    @property
    def whole(self) -> slice:
        return slice(0, len(self.points) - self.incomplete)

    @property
    def latest(self) -> Point | None:
        """The newest period that is over."""
        return next(reversed(self.points[self.whole]), None)

    @property
    def total(self) -> float:
        """The sum over whole periods, for counts that may be added."""
        return sum(value or 0 for value in self.values[self.whole])

    @property
    def total_before(self) -> float:
        return sum(value or 0 for value in self.values_before[self.whole])

    @property
    def latest_change(self) -> Change | None:
        """The newest whole period against its counterpart."""
        before = self.before[self.whole]
        return change_of(self.metric, self.latest, before[-1]) if self.latest and before else None

    @property
    def total_change(self) -> Change | None:
        """The sum of the whole periods of a count against that of their counterparts."""
        if not self.before:
            return None
        now, before = self.total, self.total_before
        return Change(now, before, self.kind, BETTER[self.metric.better], count_noise(now, before))


def change_of(metric: Metric, now: Point, before: Point | None) -> Change | None:
    """What became of a figure, with the noise it has; where that isn't known, no direction is called better."""
    if before is None or now.value is None or before.value is None:
        return None
    better = BETTER[metric.better]
    if kind_of(metric) == "count":
        return Change(now.value, before.value, "count", better, count_noise(now.value, before.value))
    if metric.unit == "ratio" and now.denominator and before.denominator:
        noise = share_noise(now.value, int(now.denominator), before.value, int(before.denominator))
        return Change(now.value, before.value, "percent", better, noise)
    return Change(now.value, before.value, kind_of(metric), "")


@dataclass(frozen=True)
class Figures:
    """The rollups as a view's filters ask for them.

    Each period is compared with one a whole number of weeks earlier, or of months where months are
    shown: a Friday with a Friday, so that the rhythm of the week is no change.
    """

    filters: Filters
    newest: int | None = None
    """How many of the days are shown, from the last one backwards; all when it is None."""

    @property
    def span(self) -> Span:
        span = self.filters.span
        if self.newest is None:
            return span
        return Span(max(span.first, span.last - timedelta(days=self.newest - 1)), span.last)

    @cached_property
    def standing(self) -> Standing:
        return standing(versions.current())

    @property
    def grain(self) -> Grain:
        return cast("Grain", self.filters.grain)  # one of the page's options

    def trends(self, *metrics: str, grain: Grain | None = None) -> list[Trend]:
        """One trend for each metric, in the order asked for; the same number of queries however many there are."""
        now, before = self._points(metrics, self.span, grain, None)
        return [self._trend(key, now[key], before.get(key), grain) for key in metrics]

    def parts(self, metric: str, by: str, grain: Grain = "day") -> dict[str, Trend]:
        """A metric by the values of a dimension, the largest first."""
        return self._ordered(metric, by, self.span, grain)

    def on_last_day(self, metric: str, by: str) -> dict[str, Trend]:
        """A rolling metric by the values of a dimension, on the newest day counted whole and its counterpart."""
        whole = self.filters.whole
        if whole is None or self.standing.done <= whole.first:
            return {}
        day = min(whole.last, self.standing.done - timedelta(days=1))
        return self._ordered(metric, by, Span(day, day), "day")

    def _ordered(self, metric: str, by: str, span: Span, grain: Grain) -> dict[str, Trend]:
        """By the values there are now and those there were before; a count that one of the two doesn't know is 0."""
        points, points_before = (found.get(metric) for found in self._points([metric], span, grain, by))
        now, before = by_value(points or (), by), by_value(points_before or (), by)
        only, counts = self.filters.where.get(by), METRICS[metric].counts
        found = {
            value: self._trend(
                metric,
                now.get(value) or self._zeros(span, grain, by),
                None if points_before is None else before.get(value, []),
                grain,
            )
            for value in (now | before if counts else now)
            if only in (None, value)
        }
        return dict(sorted(found.items(), key=lambda part: (-part[1].total, part[0])))

    def _zeros(self, span: Span, grain: Grain, by: str) -> list[Point]:
        asked = periods(span.first, span.last, grain, settings.WEEK_START)
        dimensions = {*self.filters.where, by}
        return [
            Point(
                period,
                {},
                0,
                None,
                None,
                self.standing.is_complete(period, grain),
                self.standing.is_current(period, grain, dimensions),
            )
            for period in asked
        ]

    def _points(
        self, metrics: Sequence[str], span: Span, grain: Grain | None, by: str | None
    ) -> tuple[dict[str, list[Point]], dict[str, list[Point]]]:
        """The points of a span, and those of its counterpart; of metrics that were anything then."""
        grain = grain or self.grain
        ask = partial(several, metrics, grain=grain, where=self.filters.where, by=by, version=self.standing.version)
        now = ask(span.first, span.last)
        if self.filters.vs == "none":
            return now, {}
        before = ask(self.counterpart(span.first, grain), self.counterpart(span.last, grain))
        # Nothing at all in the time compared with: it lies before the first event, and is no comparison.
        return now, {key: points for key, points in before.items() if any(point.value for point in points)}

    def _trend(self, metric: str, now: list[Point], before: list[Point] | None, grain: Grain | None) -> Trend:
        if before is None:
            return Trend(METRICS[metric], now, [])
        known = {point.period: point for point in before}
        grain = grain or self.grain
        return Trend(METRICS[metric], now, [known.get(self.counterpart(point.period, grain)) for point in now])

    def counterpart(self, day: date, grain: Grain) -> date:
        """The day, or the first day of the period, that is compared with this one."""
        if grain == "month":
            return months_before(day, 12 if self.filters.vs == "year" else self._months)
        return day - timedelta(weeks=52 if self.filters.vs == "year" else self._weeks)

    @property
    def _days(self) -> int:
        return self.filters.whole.days if self.filters.whole else 1

    @property
    def _weeks(self) -> int:
        return -(-self._days // 7)

    @property
    def _months(self) -> int:
        return max(1, round(self._days / 30.44))

    def labels(self, trend: Trend, grain: Grain | None = None) -> list[str]:
        return [period_label(point.period, grain or self.grain, self.filters.today) for point in trend.points]

    def against(self, grain: Grain | None = None) -> str:
        """What is compared with, in words that follow a figure; blank without a comparison."""
        if self.filters.vs == "none":
            return ""
        if self.filters.vs == "year":
            return _("a year earlier")
        if (grain or self.grain) == "month":
            return ngettext("a month earlier", "%(n)s months earlier", self._months) % {"n": self._months}
        return ngettext("a week earlier", "%(n)s weeks earlier", self._weeks) % {"n": self._weeks}

    def only(self, dimension: str, value: str) -> str:
        """The query string of this view with only the people of one value."""
        kept = [one for one in self.filters.params if not (one[0] == "f" and one[1].startswith(f"{dimension}:"))]
        return "?" + urlencode([*kept, ("f", f"{dimension}:is:{value}")])

    def export(self, card: str, format: str) -> str:
        """The query string by which this view gives one of its cards as a file."""
        return "?" + self.filters.query(card=card, format=format)


def by_value(points: Sequence[Point], by: str) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.dimensions[by], []).append(point)
    return found


def period_label(period: date, grain: Grain, today: date) -> str:
    if grain == "month":
        return f"{MONTHS_3[period.month].capitalize()} {period.year}"
    return dates.day(period, today)


def definition_of(metric: str, exclusions: str = "") -> Definition:
    return Definition(_(METRICS[metric].definition), exclusions, metric=metric)


def column_of(trend: Trend, sort: str = "") -> Column:
    return Column(_(trend.metric.label), trend.kind, sort=sort)


def tile(trend: Trend, href: str, *, summed: bool = False, label: str = "") -> Tile:
    """A figure of the strip: the newest whole period, or the sum of all of them, against its counterpart before."""
    latest = trend.latest.value if trend.latest else None
    value = trend.total if summed else latest
    change = trend.total_change if summed else trend.latest_change
    against = _("vs %(before)s") % {"before": written_compactly(change.before, trend.kind)} if change else ""
    return Tile(
        label=label or _(trend.metric.label),
        value=value,
        href=href,
        kind=trend.kind,
        change=change,
        before=against,
        spark=sampled(trend.values),
        incomplete=bool(trend.incomplete),
    )


def sampled(values: Sequence[float | None]) -> list[float | None]:
    """At most ``SPARK_POINTS`` of the values, evenly, the last one among them: a spark is 84 pixels wide."""
    step = -(-len(values) // SPARK_POINTS)
    return list(values[::-1][:: step or 1][::-1])


def words(value: str) -> str:
    """A dimension's value as people read it: ``chrome_extension`` becomes ``Chrome extension``."""
    known = {"ios": "iOS", "unknown": _("Unknown"), "": _("All")}
    return known.get(value) or value.replace("_", " ").replace("-", " · ").capitalize()
