"""What the cards of several kinds have in common: names of periods, intervals, axes of shares."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from analytics.dashboards.figures import period_label
from analytics.explore.breakdown import NONE, OTHER
from analytics.explore.pages.states import State
from analytics.metrics.intervals import Share, wilson
from analytics.rollups.goals import DEFAULT_EVENTS, goals
from analytics.rollups.models import EventDefinition
from productops.lib.cards import Notice
from productops.lib.cells import Dated, Interval
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.numbers import percent
from productops.lib.takeaways import too_few


def dated(period: str, grain: str, today: date) -> Dated:
    """A period as an answer names it: its first day, or the beginning of an hour."""
    if grain == "hour":
        moment = datetime.fromisoformat(period)
        return Dated(f"{period_label(moment.date(), 'day', today)}, {moment:%H:%M}", moment.date())
    day = date.fromisoformat(period)
    return Dated(period_label(day, grain, today), day)  # type: ignore[arg-type]  # one of the page's grains


def interval(part: int, whole: int, maximum: float) -> Interval | None:
    """A share with its 95 % Wilson interval on an axis from 0 to ``maximum``."""
    reach = wilson(Share(part, whole))
    if reach is None:
        return None
    low, high = reach
    text = _("%(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}
    return Interval(low, part / whole, high, 0, maximum, text)


def axis_of_shares(shares: Sequence[tuple[int, int]]) -> float:
    """The upper end of an axis that shows every interval, at a multiple of five per cent."""
    highest = max((reach[1] for part, whole in shares if (reach := wilson(Share(part, whole)))), default=0.0)
    return min(1.0, ceil(highest * 20) / 20) or 0.05


def scarce(people: float, nobody: str) -> Notice | None:
    """Said where there is nobody, or too few to compare."""
    if not people:
        return Notice("no_match", nobody)
    return Notice("too_few", str(too_few(int(people)))) if people < MINIMUM_PEOPLE else None


def goal_events(*roles: str) -> list[str]:
    """For each role the most frequent event that reaches it, each event once; the usual one before any came in."""
    reached_by = goals()
    wanted = [name for role in roles for name in reached_by[role]]
    volumes = dict(EventDefinition.objects.filter(name__in=wanted).values_list("name", "volume"))
    found: list[str] = []
    for role in roles:
        names = [name for name in reached_by[role] or DEFAULT_EVENTS[role] if name not in found]
        found += [max(names, key=lambda name: volumes.get(name, 0))] if names else []
    return found


def event_name(selector: Mapping[str, Any] | State) -> str:
    """The event of a selector in words."""
    return selector.get("event") or _("any event")


def split_name(split: str) -> str:
    """A value of a breakdown in words."""
    return {NONE: _("(not set)"), OTHER: _("(others)")}.get(split, split)
