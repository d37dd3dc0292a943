"""From a row of a file to an event, by the same rules as one that an SDK sent."""

import json
import math
import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from analytics.collect.clock import TOLERANCE
from analytics.collect.keys import KnownSource
from analytics.collect.messages import Message
from analytics.collect.models import Flag, Platform
from analytics.collect.normalise import TYPES, Arrival, row_of
from analytics.collect.refusals import RefusedEvent
from analytics.event import EventRow
from analytics.imports import times
from analytics.imports.columns import LEFT_OUT, PROPERTY, Columns
from analytics.people.suppression import admitted

DAY_US = 86_400_000_000
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_PLATFORMS = {
    **{value: value for value in Platform.values},
    "website": "web",
    "browser": "web",
    "desktop": "web",
    "iphone": "ios",
    "ipad": "ios",
    "extension": "chrome_extension",
    "chrome": "chrome_extension",
    "backend": "server",
}
_TYPE_BY_EVENT = {"$pageview": "page", "$screen": "screen", "$identify": "identify"} | {
    name: name for name in TYPES if name != "track"
}
_PAGE = {"path": "page", "url": "url", "referrer": "referrer"}
_json = msgspec.json.Encoder().encode


class Reader:
    """Makes events of rows. ``received_us`` is the time of the import."""

    def __init__(self, *, source: KnownSource, columns: Columns, zone: tzinfo, received_us: int) -> None:
        self._columns = columns
        self._zone = zone
        self._arrival = Arrival(source=source, received_us=received_us, history=True)

    def has_id(self, values: Mapping[str, Any]) -> bool:
        """Whether a row brings a message id of its own."""
        fields = self._columns.of(tuple(values))
        return any(field == "message_id" and bool(_text(values[column])) for column, field in fields.items())

    def event(self, values: Mapping[str, Any]) -> EventRow:
        """The event of a row; its message id is a random one when the row brings none. Raises RefusedEvent."""
        fields, properties = self._sorted(values)
        at = self._time(fields.get("timestamp"))
        message = _message(fields, properties)
        row = row_of(message, _json(message), self._arrival)
        if row is None:
            raise RefusedEvent("no_consent", "The person did not agree to be tracked.")
        row = admitted(row)
        if row is None:
            raise RefusedEvent("suppressed", "Events of this id are refused.")
        row.at_us = at
        row.flags |= Flag.IMPORTED | (Flag.FUTURE if at > self._arrival.received_us + TOLERANCE else 0)
        return row

    def _sorted(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        fields: dict[str, Any] = {}
        properties: dict[str, Any] = {}
        for column, field in self._columns.of(tuple(values)).items():
            value = values[column]
            if field == LEFT_OUT or value is None or value == "":
                continue
            if field == PROPERTY:
                properties[column] = plain(value)
            else:
                fields[field] = value
        return fields, properties

    def _time(self, value: Any) -> int:
        try:
            at = times.microseconds(value, self._zone)
        except times.BadTime as error:
            raise RefusedEvent("bad_time", str(error)) from None
        if at > self._arrival.received_us + DAY_US:
            raise RefusedEvent("future_time", f"{value!r} is more than a day ahead.")
        return at


def _message(fields: dict[str, Any], properties: dict[str, Any]) -> Message:
    """The call of an SDK that would have sent the same."""
    kind, name = _text(fields.get("type")), _text(fields.get("event"))
    if kind not in TYPES:
        if kind:
            properties.setdefault("type", kind)
        kind = _TYPE_BY_EVENT.get(name, "track")
    if kind == "track" and not name:
        raise RefusedEvent("missing_event", "The row names no event.")
    properties = _object(fields, "properties") | properties
    context = _object(fields, "context")
    page = {
        key: _text(fields.get(field)) for key, field in (("path", "page"), ("url", "url"), ("referrer", "referrer"))
    }
    campaign = {key: _text(fields.get(f"utm_{key}")) for key in ("source", "medium")}
    campaign["name"] = _text(fields.get("utm_campaign"))
    platform = _text(fields.get("platform"))
    known_platform = _PLATFORMS.get(platform.lower().replace(" ", "_"), "")
    if platform and not known_platform:
        properties.setdefault("platform", platform)
    stated = {
        "page": _told(page),
        "campaign": _told(campaign),
        "sessionId": _text(fields.get("session_id")),
        "groupId": _text(fields.get("account")),
        "channel_name": _text(fields.get("channel")),
        "customer_segment": _text(fields.get("customer_segment")),
        "platform": known_platform,
        "device": _told({"id": _text(fields.get("device_id"))}),
    }
    context |= _told(stated)
    about = _object(fields, "traits") | properties if kind in ("identify", "group") else properties
    return Message(
        type=kind,
        messageId=_text(fields.get("message_id")),
        userId=_text(fields.get("user_id")),
        anonymousId=_text(fields.get("anonymous_id")),
        previousId=_text(fields.get("previous_id")),
        groupId=_text(fields.get("account")),
        event=name,
        properties=about,
        traits=about,
        context=msgspec.Raw(msgspec.json.encode(context)),
    )


def _told(members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value}


def _text(value: Any) -> str:
    """A cell as an id or name: a whole number without a decimal point, as which spreadsheets write ids."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else "" if math.isnan(value) else str(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace").strip()
    return str(value).strip()


def _object(fields: dict[str, Any], field: str) -> dict[str, Any]:
    """A column of JSON objects, as text or as they are. Raises RefusedEvent."""
    value = fields.get(field)
    if isinstance(value, str | bytes):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise RefusedEvent("invalid_json", f"The {field} are not JSON.") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedEvent("invalid_json", f"The {field} are no JSON object.")
    return {str(key): plain(item) for key, item in value.items()}


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers and truth values that are written as text become such."""
    if isinstance(value, str):
        if value in ("true", "false"):
            return value == "true"
        return json.loads(value) if _NUMBER.fullmatch(value) else value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value)  # dates, decimals
