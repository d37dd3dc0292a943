"""The state of a view, read from its query string: period, comparison, grain, breakdown, filters, order, page.

A value that makes no sense falls back to the default and leaves a warning, so that nobody reads
figures for another period than they asked for without being told.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from productops.lib.zones import known_zones

Compare = Literal["prev", "year", "none"]
Choice = tuple[str, str | Promise]
EARLIEST = date(2000, 1, 1)
LONGEST = timedelta(days=3660)
OPERATORS = ("is", "not", "contains", "gt", "lt", "set", "unset")
KNOWN = ("from", "to", "range", "vs", "grain", "by", "seg", "tz", "f", "sort", "page")
RELATIVE = re.compile(r"([0-9]{1,4})([dwmy])")
DAY = timedelta(days=1)
DAYS_OF = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}
MOST_PERIODS = 200  # of a chart, unless somebody asks for more


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Condition:
    """One filter ``property:operator:value``; values of ``set`` and ``unset`` are blank."""

    property: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.property}:{self.operator}:{self.value}"


@dataclass(frozen=True)
class Options:
    """What a page offers; choices are pairs of value and label, the finest grain that fits is the default."""

    default_range: str = "28d"
    ranges: Sequence[str] = ("7d", "28d", "90d", "12m")
    grains: Sequence[str] = ("day", "week", "month")
    dimensions: Sequence[Choice] = ()
    """What it can be filtered by, each held to one value."""
    operators: Sequence[str] = ("is",)
    split: bool = False
    """Whether it can also be split by one of them."""
    segments: Sequence[Choice] = ()
    sorts: Sequence[str] = ()
    """Columns it can be sorted by; ``-name`` is descending, the first is the default."""
    compare: bool = True
    period: bool = True


@dataclass(frozen=True)
class Filters:
    """The typed state of a view. ``range`` is blank when the days were given as dates."""

    span: Span
    today: date
    range: str
    vs: Compare
    grain: str
    by: str
    segment: str
    zone: str
    conditions: tuple[Condition, ...]
    sort: str
    page: int
    options: Options
    warnings: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The query string as it came, with what isn't known here."""

    @property
    def first(self) -> date:
        return self.span.first

    @property
    def last(self) -> date:
        return self.span.last

    @property
    def whole(self) -> Span | None:
        """The days that are over; None when there is only today."""
        last = min(self.last, self.today - DAY)
        return Span(self.first, last) if last >= self.first else None

    @property
    def where(self) -> dict[str, str]:
        """Conditions of the form ``dimension:is:value``, as rollups take them."""
        return {one.property: one.value for one in self.conditions if one.operator == "is"}

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Parameters that aren't of a view's state, to be kept in links and forms."""
        return [(name, value) for name, value in self.params if name not in KNOWN]

    @property
    def period_params(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.params if name in ("from", "to", "range")]

    @property
    def other_params(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.params if name not in ("from", "to", "range", "page")]

    def query(self, **changes: str | int | None) -> str:
        """This view's query string with parameters replaced, or taken out by None; any change goes back to page 1."""
        if "page" not in changes:
            changes["page"] = None
        kept = [(name, value) for name, value in self.params if name not in changes]
        return urlencode(kept + [(name, str(value)) for name, value in changes.items() if value not in (None, "")])

    def without(self, condition: Condition) -> str:
        kept = [
            (name, value) for name, value in self.params if (name, value) != ("f", str(condition)) and name != "page"
        ]
        return urlencode(kept)

    def on_days(self, span: Span) -> str:
        """This view on fixed days, whatever day it is opened on."""
        return self.query(range=None, **{"from": span.first.isoformat(), "to": span.last.isoformat()})

    @property
    def fixed_query(self) -> str:
        return self.on_days(self.span)

    @property
    def earlier_query(self) -> str:
        return self.on_days(just_before(self.span))

    @property
    def later_query(self) -> str:
        """The days after these, or blank when they have not come yet."""
        after = Span(self.last + DAY, self.last + DAY * self.span.days)
        return self.on_days(Span(after.first, min(after.last, self.today))) if after.first <= self.today else ""


def just_before(span: Span) -> Span:
    """As many days, directly before."""
    return Span(span.first - DAY * span.days, span.first - DAY)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def relative(text: str, today: date) -> Span | None:
    """The days up to ``today`` that ``28d``, ``12w``, ``6m``, ``1y``, ``today``, ``mtd`` or ``ytd`` mean.

    So many days that are over, and today: four weeks hold each weekday four times.
    """
    if text == "today":
        return Span(today, today)
    if text == "mtd":
        return Span(today.replace(day=1), today)
    if text == "ytd":
        return Span(today.replace(month=1, day=1), today)
    match = RELATIVE.fullmatch(text)
    if not match or not (count := int(match[1])):
        return None
    unit = match[2]
    days = {"d": count, "w": count * 7, "m": count * 31, "y": count * 366}[unit]
    if days > LONGEST.days:
        return None
    if unit in "dw":
        return Span(today - DAY * days, today)
    return Span(months_before(today, count * (12 if unit == "y" else 1)), today)


def parse(params: QueryDict, *, today: date, zone: str, options: Options | None = None) -> Filters:
    """The state of a view on ``today``, the current day of the project's ``zone``."""
    return Reading(params, today, zone, options or Options()).filters()


@dataclass
class Reading:
    """One reading of a query string, gathering warnings on its way."""

    params: QueryDict
    today: date
    zone: str
    options: Options
    warnings: list[str] = field(default_factory=list)

    def filters(self) -> Filters:
        span, range_ = self.period()
        default_sort = self.options.sorts[0] if self.options.sorts else ""
        sorts = [sign + name.removeprefix("-") for name in self.options.sorts for sign in ("", "-")]
        return Filters(
            span=span,
            today=self.today,
            range=range_,
            vs=self.choice("vs", ("prev", "year", "none"), "prev"),  # type: ignore[arg-type]
            grain=self.choice("grain", self.options.grains, self.usual_grain(span)),
            by=self.choice("by", [name for name, _label in self.options.dimensions], ""),
            segment=self.choice("seg", [name for name, _label in self.options.segments], ""),
            zone=self.time_zone(),
            conditions=self.conditions(),
            sort=self.choice("sort", sorts, default_sort),
            page=self.page(),
            options=self.options,
            warnings=tuple(self.warnings),
            params=tuple((name, value) for name, values in self.params.lists() for value in values),
        )

    def usual_grain(self, span: Span) -> str:
        """The finest grain the page offers, but none by which a chart would have hundreds of periods."""
        grains = self.options.grains or ("day",)
        fitting = [grain for grain in grains if span.days <= MOST_PERIODS * DAYS_OF[grain]]
        return fitting[0] if fitting else grains[-1]

    def warn(self, name: str, value: str, instead: str, reason: str = "") -> None:
        template = (
            _("“%(name)s=%(value)s” can't be used here: %(reason)s; showing %(instead)s.")
            if reason
            else _("“%(name)s=%(value)s” can't be used here; showing %(instead)s.")
        )
        self.warnings.append(template % {"name": name, "value": value[:60], "reason": reason, "instead": instead})

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.params.get(name, "")
        if value in choices or not value:
            return value or default
        self.warn(name, value, f"“{default}”" if default else _("all"))
        return default

    def period(self) -> tuple[Span, str]:
        default = relative(self.options.default_range, self.today)
        assert default is not None, "a page's default range is valid"
        fallback = default, self.options.default_range
        if "from" in self.params or "to" in self.params:
            span = self.fixed_period()
            return (span, "") if span else fallback
        text = self.params.get("range", "")
        if not text:
            return fallback
        span = relative(text, self.today)
        if span is None:
            self.warn("range", text, f"“{self.options.default_range}”")
            return fallback
        return span, text

    def fixed_period(self) -> Span | None:
        """The days from ``from`` to ``to``, which is today when left out; None with a warning if they aren't days."""
        instead = f"“{self.options.default_range}”"
        first, last = self.day("from"), self.day("to") if self.params.get("to") else self.today
        if first is None or last is None:
            name = "from" if first is None else "to"
            self.warn(name, self.params.get(name, ""), instead)
            return None
        if last > self.today:
            self.warn("to", last.isoformat(), _("days up to today"))
            last = self.today
        if not EARLIEST <= first <= last or last - first > LONGEST:
            self.warn("from", first.isoformat(), instead)
            return None
        return Span(first, last)

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.params.get(name, ""))
        except ValueError:
            return None

    def time_zone(self) -> str:
        name = self.params.get("tz", "")
        if name and name not in known_zones():
            self.warn("tz", name, f"“{self.zone}”")
            return self.zone
        return name or self.zone

    def conditions(self) -> tuple[Condition, ...]:
        """The filters that the page can hold its figures to; the others are dropped with a warning."""
        read: dict[str, Condition] = {}
        for text in self.params.getlist("f"):
            name, _colon, rest = text.partition(":")
            operator, _colon, value = rest.partition(":")
            well_formed = name and operator in OPERATORS and (bool(value) != (operator in ("set", "unset")))
            reason = self.objection(name, operator, read) if well_formed else ""
            if not well_formed or reason:
                self.warn("f", text, _("figures without this filter"), reason)
            else:
                read[name] = Condition(name, operator, value)
        return tuple(read.values())

    def objection(self, name: str, operator: str, read: Collection[str]) -> str:
        """Why a filter can't be held to on this page; blank if it can."""
        labels = {name: str(label) for name, label in self.options.dimensions}
        if not labels:
            return _("this page has no filters")
        if name not in labels:
            return _("this page can be filtered by %(names)s only") % {"names": ", ".join(labels.values())}
        if operator not in self.options.operators:
            words = ", ".join(f"“{one}”" for one in self.options.operators)
            return _("this page can be filtered by %(operators)s only") % {"operators": words}
        return _("a filter holds to one value only") if name in read else ""

    def page(self) -> int:
        text = self.params.get("page", "1")
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000:
            return int(text[:9])
        self.warn("page", text, _("page 1"))
        return 1
