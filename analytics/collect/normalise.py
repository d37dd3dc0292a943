"""From a message as a client sent it to the row that is kept. Nothing here asks a database."""

import math
import re
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from analytics.collect import clock, limits
from analytics.collect.addresses import truncated
from analytics.collect.bots import is_bot
from analytics.collect.keys import KnownSource
from analytics.collect.messages import Message
from analytics.collect.models import Flag, Platform, Privacy
from analytics.collect.refusals import RefusedEvent
from analytics.collect.trimming import Trimmer, needs_trimming
from analytics.event import EventRow
from analytics.people.channels import touch_of
from analytics.people.ids import identity_id, is_generic

TYPES = frozenset({"track", "page", "screen", "identify", "group", "alias"})
_ABOUT_SOMEONE = frozenset({"identify", "group", "alias"})
_PLATFORMS = frozenset(Platform.values)
_MOBILE = {"ios": Platform.IOS.value, "ipados": Platform.IOS.value, "android": Platform.ANDROID.value}
_SERVER_LIBRARY = re.compile(r"\b(node|python|ruby|php|java|go|net|rust|elixir)\b", re.IGNORECASE)
_NAMES_A_DEVICE = ("ip", "device", "traits", "userAgent", "userAgentData", "sessionId", "network", "location")
PASSIVE, BOT, CUT, GENERIC_ID = Flag.PASSIVE.value, Flag.BOT.value, Flag.CUT.value, Flag.GENERIC_ID.value

_NUMBER = (int, float)  # a union made anew takes longer than to look into a pair
_json = msgspec.json.Encoder().encode


class Arrival(NamedTuple):
    """What all messages of a request have in common."""

    source: KnownSource
    received_us: int
    type: str = ""  # by the path; empty: each message says its own
    address: str = ""  # the client's, as far as known
    user_agent: str = ""  # of a browser; empty: another program sent it
    private: bool = False  # the browser asks not to be tracked
    history: bool = False  # times are given, not measured: a secret key, or the import path
    sent_at: Any = None  # of the envelope
    context: dict[str, Any] | None = None  # of the envelope


def row_of(message: Message, text: bytes, arrival: Arrival) -> EventRow | None:
    """The row of a message that was sent as ``text``; None when it must not be kept.

    Raises RefusedEvent when it is no event.
    """
    source = arrival.source
    if len(text) > source.max_event_bytes:
        raise RefusedEvent("too_large", f"{len(text)} bytes; this source takes {source.max_event_bytes}.")
    kind = _type(message, arrival)
    flags = _trim(message, arrival) if arrival.context or needs_trimming(text) else 0
    context = _object(message.context)
    about = message.traits if kind in _ABOUT_SOMEONE else message.properties
    properties = _object(about)
    if kind == "identify" and not properties:
        properties = _object(context.get("traits"))  # where RudderStack's clients put them
    if not _consents(context, source.consent_category):
        return None
    private = arrival.private and source.privacy != Privacy.KEEP
    if private and (source.privacy == Privacy.DROP or kind in _ABOUT_SOMEONE):
        return None

    user, anonymous, previous = _id(message.userId), _id(message.anonymousId), _id(message.previousId)
    if not (message.userId or message.anonymousId):
        raise RefusedEvent("missing_id", "Neither userId nor anonymousId.")
    if kind == "alias" and not message.previousId:
        raise RefusedEvent("missing_id", "An alias needs previousId.")
    left_out = (
        (message.userId and not user)
        or (message.anonymousId and not anonymous)
        or (message.previousId and not previous)
    )
    if left_out:
        flags |= GENERIC_ID
    account = _id(message.groupId) or _id(context.get("groupId"))
    if kind == "group" and not account:
        raise RefusedEvent("missing_group_id", "A group needs a groupId that names one.")
    session = _id(context.get("sessionId"))
    device_id = _id(_object(context.get("device")).get("id"))
    platform = _platform(context, source.platform)
    if private:
        user = anonymous = previous = session = device_id = ""
        for key in _NAMES_A_DEVICE:
            context.pop(key, None)

    user_number = identity_id("u", user) if user else 0
    anonymous_number = identity_id("a", anonymous) if anonymous else 0
    actor = user_number or anonymous_number
    sent = message.sentAt if message.sentAt is not None else arrival.sent_at
    original = message.timestamp if message.originalTimestamp is None else message.originalTimestamp
    at, clock_flags = clock.happened_at(
        received=arrival.received_us,
        sent=clock.microseconds(sent),
        original=clock.microseconds(original),
        trusted=arrival.history,
    )
    flags |= clock_flags
    if context.get("passive") is True:
        flags |= PASSIVE
    agent = context.get("userAgent")
    if is_bot(agent if isinstance(agent, str) else arrival.user_agent, context.get("userAgentData")):
        flags |= BOT
    if kind in ("page", "screen"):
        _name_page(properties, message, context)
    name, name_flags = _event_name(message, kind)
    _keep_address(context, arrival)
    _keep_times(context, original, sent)
    return EventRow(
        source=source.id,
        message_id=_message_id(message.messageId),
        type=kind,
        event=name,
        at_us=at,
        received_us=arrival.received_us,
        actor=actor,
        anon=anonymous_number,
        device=anonymous_number or (identity_id("d", device_id) if device_id else actor),
        session_id=session,
        account=account,
        platform=platform,
        page=_page(kind, properties, context),
        touch=_touch(context, properties),
        customer_segment=_customer_segment(properties, context),
        value=_value(properties),
        flags=flags | name_flags,
        properties=_json(properties).decode(),
        context=_json(context).decode(),
        user_id=user,
        anonymous_id=anonymous,
        previous_id=previous if kind == "alias" else "",
        traits=properties if kind in ("identify", "group") else None,
        trusted=source.trusted,
    )


def ids_of(message: Message) -> tuple[str, ...]:
    """Every id a message names someone with."""
    return tuple(filter(None, map(_id, (message.userId, message.anonymousId, message.previousId))))


def _type(message: Message, arrival: Arrival) -> str:
    stated = message.type
    if isinstance(stated, str) and stated in TYPES:
        return stated
    if arrival.type:
        return arrival.type
    raise RefusedEvent("unknown_type", f"The type is {str(stated)[:40]!r}.")


def _trim(message: Message, arrival: Arrival) -> int:
    """Put the message within the limits, its envelope's context merged beneath its own. Returns flags."""
    if arrival.context:
        message.context = {**arrival.context, **_object(message.context)}
    trimmer = Trimmer()
    for field in message.__struct_fields__:
        value = getattr(message, field)
        if value is not None:
            setattr(message, field, trimmer.trimmed(value))
    if arrival.context and len(_json(message.context)) > arrival.source.max_event_bytes:
        raise RefusedEvent("too_large", "Too large together with the context of its batch.")
    return CUT if trimmer.cut else 0


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: Any) -> str:
    """An id as text; empty when it is missing or names nobody."""
    if isinstance(value, str):
        return "" if is_generic(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return _id(str(value))
    return ""


def _message_id(value: Any) -> str:
    """The client's id of the message; without one, or with one that is too long to keep, one is made."""
    if isinstance(value, _NUMBER):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        return uuid4().hex
    return value if len(value) <= limits.ID_CHARACTERS else _digest(value)


def _digest(value: str) -> str:
    return blake2b(value.encode(), digest_size=20).hexdigest()  # equal for equal ids, so that a repeat is known


def _consents(context: dict[str, Any], category: str) -> bool:
    """Whether the person agreed. No statement is agreement; a statement without a yes is none."""
    consent = context.get("consent")
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(preferences, dict):
        return True
    return preferences.get(category) is True if category else True in preferences.values()


def _platform(context: dict[str, Any], default: str) -> str:
    stated = context.get("platform")
    if isinstance(stated, str) and stated in _PLATFORMS:
        return stated
    for part, field in (("device", "type"), ("os", "name")):
        value = _object(context.get(part)).get(field)
        if isinstance(value, str) and (mobile := _MOBILE.get(value.lower())):
            return mobile
    return default


def _event_name(message: Message, kind: str) -> tuple[str, int]:
    if kind != "track":
        return kind, 0
    name = message.event
    if not isinstance(name, str) or not name.strip():
        raise RefusedEvent("missing_event", "A track call needs the name of an event.")
    return name[: limits.NAME_CHARACTERS], CUT if len(name) > limits.NAME_CHARACTERS else 0


def _name_page(properties: dict[str, Any], message: Message, context: dict[str, Any]) -> None:
    """Put a page's or screen's name, category and path where questions look for them."""
    for key, value in (
        ("name", message.name),
        ("category", message.category),
        ("path", _object(context.get("page")).get("path")),
    ):
        if isinstance(value, str) and value:
            properties.setdefault(key, value)


def _page(kind: str, properties: dict[str, Any], context: dict[str, Any]) -> str:
    page = properties.get("name") if kind == "screen" else properties.get("path")
    page = page or _object(context.get("page")).get("path")
    return page[: limits.PAGE_CHARACTERS] if isinstance(page, str) else ""


def _touch(context: dict[str, Any], properties: dict[str, Any]) -> str:
    told = {key: context[key] for key in ("page", "campaign", "referrer", "channel_name") if key in context}
    also = {key: properties[key] for key in ("url", "search", "referrer") if key in properties}
    return _touch_of(_json((told, also))) if told or also else ""


@lru_cache(maxsize=8_192)  # a visit's events are alike in this
def _touch_of(told: bytes) -> str:
    context, properties = msgspec.json.decode(told)
    return touch_of(context, properties)


def _customer_segment(properties: dict[str, Any], context: dict[str, Any]) -> str:
    for place in (properties, context, _object(context.get("traits"))):
        segment = place.get("customer_segment")
        if isinstance(segment, str) and segment:
            return segment[: limits.ID_CHARACTERS]
    return ""


def _value(properties: dict[str, Any]) -> float | None:
    for key in ("value", "revenue", "total"):
        value = properties.get(key)
        if isinstance(value, _NUMBER) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


@lru_cache(maxsize=1_024)
def _is_server_library(name: str) -> bool:
    return _SERVER_LIBRARY.search(name) is not None


def _keep_address(context: dict[str, Any], arrival: Arrival) -> None:
    """A server knows its client's address, we see only the server's; a browser's or phone's we see ourselves."""
    stated = context.pop("ip", None)
    if arrival.private and arrival.source.privacy != Privacy.KEEP:
        return
    library = _object(context.get("library")).get("name")
    by_server = arrival.source.platform == Platform.SERVER or (isinstance(library, str) and _is_server_library(library))
    address = stated if by_server and context.get("direct") is not True else arrival.address
    if not isinstance(address, str) or not address:
        return
    short = truncated(address)
    if short:
        context["ip"] = short if arrival.source.truncate_ip else address


def _keep_times(context: dict[str, Any], original: Any, sent: Any) -> None:
    """What the client's clock said stays beside what we make of it."""
    if _is_time(original):
        context["originalTimestamp"] = original
    if _is_time(sent):
        context["sentAt"] = sent


def _is_time(stated: Any) -> bool:
    return isinstance(stated, _NUMBER) or (isinstance(stated, str) and len(stated) <= 40)
