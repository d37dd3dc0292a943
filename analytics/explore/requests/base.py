"""What every analysis may be asked: the body of a request, checked, with every part bounded."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.explore.conditions import MAPPED, NAMES_A_PROPERTY, OPERATORS, PERSON, Condition
from analytics.explore.mapped import OPERATORS_OF_MAPPED, condition_of
from analytics.explore.segments.queries import definitions, properties_of, segment_of
from analytics.explore.selecting import Question, Selector
from analytics.features.queries import mapping
from analytics.metrics.calendar import HORIZON, instant_us
from analytics.patterns import BadPattern, matching
from analytics.people.removal import PERSONAL_TRAITS
from productops.lib.zones import known_zones

LONGEST_DAYS = 4_018  # eleven years
LONGEST_TEXT, LARGEST_NUMBER = 500, 1e300
MOST_FILTERS, MOST_VALUES, MOST_SPLITS = 20, 200, 25
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# A name becomes part of a JSON path between quotes: whatever could end them is refused.
PROPERTY = re.compile(r'[^"\\\x00-\x1f\x7f]{1,200}')
NOT_A_PROPERTY = _(
    "The name of a property has 1 to 200 characters, without quotes, backslashes and control characters."
)


def property_name(text: str) -> None:
    if not PROPERTY.fullmatch(text) or text == PERSON:
        raise serializers.ValidationError(NOT_A_PROPERTY)


class FilterSerializer(serializers.Serializer[Any]):
    property = serializers.CharField(validators=[property_name])
    operator = serializers.ChoiceField(choices=OPERATORS)
    value = serializers.JSONField(required=False, allow_null=True, default=None)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        operator, value = asked["operator"], asked.get("value")
        if asked["property"] in MAPPED and operator not in OPERATORS_OF_MAPPED:
            raise serializers.ValidationError(
                {"operator": _("A feature or core area is asked for by one of: %s.") % ", ".join(OPERATORS_OF_MAPPED)}
            )
        if operator in ("is_set", "is_not_set"):
            return {**asked, "value": None}
        if operator in ("in", "not_in"):
            values = _listed(value, 1, MOST_VALUES, _("Give a list of 1 to 200 values."))
        elif operator == "between":
            values = _listed(value, 2, 2, _("Give a list of two numbers or of two texts."))
            if isinstance(values[0], str) != isinstance(values[1], str):
                raise _wrong(_("Give a list of two numbers or of two texts."))
        else:
            values = [value]
        for one in values:
            _check_value(operator, one)
        return {**asked, "value": tuple(values) if isinstance(value, list) else value}


def _wrong(reason: Any) -> serializers.ValidationError:
    return serializers.ValidationError({"value": reason})


def _listed(value: Any, least: int, most: int, reason: Any) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise _wrong(reason)
    return value


def _check_value(operator: str, value: Any) -> None:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT or "\0" in value:
            raise _wrong(_("Give a text of at most 500 characters."))
        if operator == "matches":
            _check_pattern(value)
    elif operator in ("contains", "matches"):
        raise _wrong(_("Give a text."))
    elif isinstance(value, bool):
        if operator not in ("is", "is_not", "in", "not_in"):
            raise _wrong(_("Give a text or a number."))
    elif not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        raise _wrong(_("Give a text or a number."))


def _check_pattern(pattern: str) -> None:
    """Let RE2 say, whose expressions the engine takes: Python's own know more."""
    try:
        matching(pattern, [""])
    except BadPattern as problem:
        raise _wrong(_("This is no regular expression of the RE2 kind.")) from problem
    if settings.EVENTS_URL.startswith("postgres"):
        _check_pattern_for_postgresql(pattern)


def _check_pattern_for_postgresql(pattern: str) -> None:
    from analytics.metrics.patterns import NotForPostgreSQL, for_postgresql

    try:
        for_postgresql(pattern)
    except NotForPostgreSQL as problem:
        raise _wrong(str(problem)) from problem


class SelectorSerializer(serializers.Serializer[Any]):
    """Events of one name that meet all filters."""

    event = serializers.CharField(
        max_length=200, required=False, allow_null=True, default=None, help_text=str(_("null: every active event."))
    )
    filters = serializers.ListField(child=FilterSerializer(), required=False, max_length=MOST_FILTERS)


@extend_schema_field(OpenApiTypes.STR)
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """A day, as a date; or an instant, as a datetime, without a zone where none is told."""

    def to_internal_value(self, data: Any) -> date | datetime:
        read: Callable[[str], date | datetime]
        for read in (date.fromisoformat, datetime.fromisoformat):
            with suppress(TypeError, ValueError):
                return read(data)
        raise serializers.ValidationError(_("Give a day as 2025-03-30, or a time as 2025-03-30T14:00:00+02:00."))


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 0, "maximum": 6}, {"enum": WEEKDAYS}]})
class WeekdayField(serializers.IntegerField):
    """A day of the week, by its number from 0 for Monday or by its name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=6, **options)

    def to_internal_value(self, data: Any) -> int:
        name = data.lower() if isinstance(data, str) else ""
        return WEEKDAYS.index(name) if name in WEEKDAYS else super().to_internal_value(data)


class QuestionSerializer(serializers.Serializer[Any]):
    """What all kinds take. A kind's own serializer adds its fields and says what ``question()`` they make."""

    to = MomentField(help_text=str(_("Last day, included; or a time on it, included, in timezone if without a zone.")))
    timezone = serializers.CharField(required=False)
    week_start = WeekdayField(required=False, help_text="0 or monday … 6 or sunday.")
    filters = serializers.ListField(child=FilterSerializer(), required=False, max_length=MOST_FILTERS)
    segment = serializers.IntegerField(
        required=False, allow_null=True, help_text=str(_("Only what the people of this segment did."))
    )
    run = serializers.RegexField(
        r"^[A-Za-z0-9._-]{1,64}\Z",
        required=False,
        help_text=str(_("A name for this run, such as a UUID, by which it can be withdrawn.")),
    )
    vars()["from"] = MomentField(help_text=str(_("First day, or a time on it.")))

    def validate_timezone(self, name: str) -> str:
        if name not in known_zones():
            raise serializers.ValidationError(_("There is no such time zone; use an IANA name such as Europe/Berlin."))
        return name

    def validate_segment(self, segment: int | None) -> int | None:
        if segment is not None and segment not in definitions():
            raise serializers.ValidationError(_("There is no such segment."))
        return segment

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """``from`` and ``to`` as local days, ``starts`` and ``ends`` as times on them or None."""
        zone = asked.get("timezone") or settings.PROJECT_TIME_ZONE
        first, starts = _local(asked["from"], zone)
        last, ends = _local(asked["to"], zone)
        asked = {**asked, "from": first, "to": last, "starts": starts, "ends": ends}
        if first < date(1982, 1, 1) or last >= HORIZON or first >= HORIZON:
            raise serializers.ValidationError({"from": _("Days lie between the years 1982 and 2099.")})
        if instant_us(first, starts or time.min, zone) > instant_us(last, ends or time.max, zone):
            raise serializers.ValidationError({"from": _("This day is after the last one asked for.")})
        if (last - first).days >= LONGEST_DAYS:
            raise serializers.ValidationError({"from": _("The range is longer than eleven years.")})
        return asked

    def question(self) -> Question:
        """What was asked, as the kind takes it."""
        raise NotImplementedError

    def personal_properties(self) -> set[str]:
        """The names of properties in the question that tell who somebody is: not every role may ask by them."""
        return personal_properties(self.validated_data)

    def asked_of_all(self) -> dict[str, Any]:
        """The members of ``selecting.Question``."""
        asked = self.validated_data
        return {
            "first": asked["from"],
            "last": asked["to"],
            "starts": asked["starts"],
            "ends": asked["ends"],
            "timezone": asked.get("timezone") or settings.PROJECT_TIME_ZONE,
            "week_start": asked.get("week_start", settings.WEEK_START),
            "filters": conditions(asked),
            "segment": segment_of(asked["segment"]) if asked.get("segment") else None,
            "features": mapping() if any(name in MAPPED for name in _properties(asked)) else (),
        }


class PeopleSerializer(QuestionSerializer):
    """Which of the people behind a figure: mixed into a kind's serializer, which adds its ``point``."""

    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)

    def point_asked(self) -> Any:
        """The point, as the kind takes it."""
        raise NotImplementedError


class UnknownSerializer(serializers.Serializer[Any]):
    """An event or a property of a question that nothing was ever sent under."""

    field = serializers.CharField(help_text="Where the question has it, as in steps.0.event.")
    name = serializers.CharField()
    near = serializers.ListField(child=serializers.CharField(), help_text="Names that it may have been meant for.")


class AnswerSerializer(serializers.Serializer[Any]):
    """What every answer tells besides its kind's own members."""

    unknown = UnknownSerializer(many=True)
    sql = serializers.CharField(help_text="What ran.")
    engine = serializers.CharField(help_text="Where it ran, and in whose dialect sql is: duckdb, postgres, clickhouse.")
    as_of = serializers.DateTimeField(help_text="When the data was read. If cached, none has come since.")
    cached = serializers.BooleanField(help_text="Whether the same was asked before, of the same data.")
    computed_in_ms = serializers.IntegerField(help_text="Until its figures were there; sql is written after them.")
    run = serializers.CharField(required=False, help_text="The run, where the request named it.")


def _local(moment: date | datetime, zone: str) -> tuple[date, time | None]:
    """The day a moment lies on and, if it is no whole day, the time, as clocks in ``zone`` show them."""
    if not isinstance(moment, datetime):
        return moment, None
    shifts = moment.tzinfo and date.min.year < moment.year < date.max.year
    here = moment.astimezone(ZoneInfo(zone)) if shifts else moment
    return here.date(), here.time()


def personal_properties(asked: dict[str, Any]) -> set[str]:
    """Those properties of a question, and of its segment, that tell who somebody is."""
    segment = asked.get("segment")
    names = {*_properties(asked), *(properties_of(segment, definitions()) if segment else ())}
    return {name for name in names if name.removeprefix(PERSON) in PERSONAL_TRAITS}


def _properties(asked: Any) -> Iterator[str]:
    """Every property that is named anywhere in what was asked."""
    if isinstance(asked, dict):
        for name, value in asked.items():
            if name in NAMES_A_PROPERTY and isinstance(value, str):
                yield value
            else:
                yield from _properties(value)
    elif isinstance(asked, list | tuple):
        for value in asked:
            yield from _properties(value)


def conditions(asked: dict[str, Any]) -> tuple[Condition, ...]:
    return tuple(condition_of(**one) for one in asked.get("filters", ()))


def selector(asked: dict[str, Any]) -> Selector:
    return Selector(asked["event"], conditions(asked))
