"""Every metric, defined once: what it is called, what it answers, and how it is counted.

Texts are English and marked for translation by ``_``; whoever shows one passes it to gettext.
"""

from dataclasses import dataclass
from typing import Literal

from analytics.metrics.calendar import Grain

Dimension = Literal["platform", "customer_segment", "channel", "persona", "event", "length"]
DIMENSIONS: tuple[Dimension, ...] = ("platform", "customer_segment", "channel", "persona")


def _(text: str) -> str:
    """Mark a text for makemessages, without knowing Django."""
    return text


@dataclass(frozen=True)
class Metric:
    """One figure. Rates are numerator ÷ denominator; a denominator of 0 means "no data"."""

    key: str
    label: str
    question: str
    definition: str
    unit: Literal["people", "sessions", "events", "accounts", "seconds", "ratio", "per_week"]
    grains: tuple[Grain, ...] = ("day", "week", "month")
    dimensions: tuple[Dimension, ...] = DIMENSIONS
    better: Literal["up", "down", "neither"] = "up"
    is_rate: bool = False


_ALL = (
    Metric(
        "dau",
        _("Daily active people"),
        _("How many people use the product on a day?"),
        _(
            "Distinct people who sent at least one track, page or screen event on the day. Passive events, bots and "
            "suppressed people are left out. People, not devices: ids that belong to one person count once."
        ),
        "people",
        grains=("day",),
    ),
    Metric(
        "wau",
        _("Weekly active people"),
        _("How many people use the product in a week?"),
        _(
            "Distinct people active on the day or the six days before it. By week or month: the value on the "
            "period's last day."
        ),
        "people",
    ),
    Metric(
        "mau",
        _("Monthly active people"),
        _("How many people use the product in a month?"),
        _(
            "Distinct people active on the day or the 29 days before it. By week or month: the value on the "
            "period's last day."
        ),
        "people",
    ),
    Metric(
        "active_people",
        _("Active people"),
        _("How many people were active in the period?"),
        _("Distinct people active on any day of the calendar period. Never a sum of its days."),
        "people",
    ),
    Metric(
        "stickiness",
        _("Stickiness (DAU ÷ MAU)"),
        _("How often do a month's people come back?"),
        _(
            "The mean of the daily active people over the 30 days that end with the day, divided by the people active "
            "in those 30 days. By week or month: the value on the period's last day."
        ),
        "ratio",
        is_rate=True,
    ),
    Metric(
        "wau_mau",
        _("WAU ÷ MAU"),
        _("What share of a month's people came in the last week?"),
        _(
            "Distinct people active in the seven days that end with the day, divided by those active in the 30 days "
            "that end with it. By week or month: the value on the period's last day."
        ),
        "ratio",
        is_rate=True,
    ),
    Metric(
        "new_people",
        _("New people"),
        _("How many people came for the first time?"),
        _("People active in the period whose earliest event of any kind, over all of their ids, lies in it."),
        "people",
    ),
    Metric(
        "returning_people",
        _("Returning people"),
        _("How many people came back from the period before?"),
        _("People active in the period and in the one before it."),
        "people",
    ),
    Metric(
        "resurrected_people",
        _("Resurrected people"),
        _("How many people came back after a pause?"),
        _("People active in the period and not in the one before it, whose earliest event is older than the period."),
        "people",
    ),
    Metric(
        "dormant_people",
        _("Dormant people"),
        _("How many people stayed away?"),
        _("People active in the period before this one and not in this one."),
        "people",
        better="down",
    ),
    Metric(
        "sessions",
        _("Sessions"),
        _("How often is the product used?"),
        _(
            "Sessions that began in the period. The SDK's session id decides where there is one; otherwise a session "
            "ends after more than 30 minutes without an active event, or when it lasts more than 24 hours."
        ),
        "sessions",
    ),
    Metric(
        "sessions_per_week",
        _("Sessions per week"),
        _("How many sessions a week does a person have?"),
        _(
            "For each person with a session in the period: sessions divided by the weeks since the later of the "
            "period's start and the person's earliest event; then the mean over these people."
        ),
        "per_week",
        grains=("week", "month"),
        is_rate=True,
    ),
    Metric(
        "bounces",
        _("One-event sessions"),
        _("How many sessions end after a single event?"),
        _("Sessions with exactly one active event, which have no length. They are counted here and not among lengths."),
        "sessions",
        better="down",
    ),
    Metric(
        "bounce_rate",
        _("Bounce rate"),
        _("What share of sessions ends after a single event?"),
        _("Sessions with exactly one active event, divided by all sessions that began in the period."),
        "ratio",
        better="down",
        is_rate=True,
    ),
    Metric(
        "session_length_median",
        _("Median session length"),
        _("How long is a typical session?"),
        _(
            "Median time from the first to the last active event, over the sessions of the period with two events or "
            "more. The mean of the middle two where their number is even."
        ),
        "seconds",
    ),
    Metric(
        "session_length_p90",
        _("Long sessions (p90)"),
        _("How long are the longest tenth of sessions?"),
        _(
            "The length that 90 % of the period's sessions with two events or more don't exceed, interpolated "
            "linearly between neighbours."
        ),
        "seconds",
    ),
    Metric(
        "session_lengths",
        _("Session lengths"),
        _("How do session lengths spread?"),
        _(
            "Sessions of two events or more, by length: each class includes its lower end. One-event sessions are "
            "counted apart, as bounces."
        ),
        "sessions",
        dimensions=(*DIMENSIONS, "length"),
        better="neither",
    ),
    Metric(
        "signups",
        _("Signups"),
        _("How many people sign up?"),
        _("People whose first signup event lies in the period. Which events are a signup is set by the signup goal."),
        "people",
    ),
    Metric(
        "collaborative_workspaces",
        _("Weekly active collaborative workspaces"),
        _("Are more teams working together each week?"),
        _(
            "Accounts in which two or more people were active in the week. An activity belongs to the account sent "
            "with it, else to the one its person had joined last by then."
        ),
        "accounts",
        grains=("week",),
    ),
    Metric(
        "events",
        _("Events"),
        _("How much is done in the product?"),
        _("Track, page and screen events that are not marked passive; bots are left out."),
        "events",
    ),
    Metric(
        "events_by_name",
        _("Events by name"),
        _("What is done in the product?"),
        _("Track, page and screen events that are not marked passive, by the event's name; bots are left out."),
        "events",
        dimensions=(*DIMENSIONS, "event"),
        better="neither",
    ),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
