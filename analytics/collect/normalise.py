"""From a message as a client sent it to the row that is kept. Nothing here asks a database."""

import math
import re
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from analytics.collect import clock, limits
from analytics.collect.contexts import Context, context_of, customer_segment
from analytics.collect.keys import KnownSource
from analytics.collect.messages import Envelope, Ids, Message, read_context
from analytics.collect.models import Flag, Privacy
from analytics.collect.refusals import RefusedEvent
from analytics.collect.trimming import Trimmer, needs_trimming
from analytics.collect.values import as_id, as_object
from analytics.event import EventRow
from analytics.people.ids import identity_id

TYPES = frozenset({"track", "page", "screen", "identify", "group", "alias"})
_ABOUT_SOMEONE = frozenset({"identify", "group", "alias"})
GENERIC_ID, CUT = Flag.GENERIC_ID.value, Flag.CUT.value
_READ_AT_ONCE = [field for field in Message.__struct_fields__ if field != "context"]
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = (int, float)  # a union made anew takes longer than to look into a pair
_json = msgspec.json.Encoder().encode


class Arrival(NamedTuple):
    """What all messages of a request have in common."""

    source: KnownSource
    received_us: int
    type: str = ""  # by the path; empty: each message says its own
    address: str = ""  # the client's, as far as known
    by_bot: bool = False  # as the browser's own header says
    private: bool = False  # the browser asks not to be tracked
    history: bool = False  # times are given, not measured: a secret key, or the import path
    sent_at: Any = None  # of the envelope
    context: dict[str, Any] | None = None  # of the envelope, within the limits
    context_keys: int = 0  # in it, at all depths
    context_cut: bool = False  # to its limits

    @property
    def untracked(self) -> bool:
        """Whether the browser asks for privacy of a source that heeds it."""
        return self.private and self.source.privacy != Privacy.KEEP


def with_envelope(arrival: Arrival, envelope: Envelope) -> Arrival:
    """The arrival with what the envelope says of all its messages, walked once for them all.

    Raises RefusedEvent when no message can be within the limits together with it.
    """
    arrival = arrival._replace(sent_at=envelope.sentAt)
    if envelope.batch is None or not isinstance(envelope.context, dict):
        return arrival  # without a batch it is the message's own
    trimmer = Trimmer()
    context = trimmer.trimmed(envelope.context)
    if len(_json(context)) > arrival.source.max_event_bytes:
        raise _too_large_with_context()
    return arrival._replace(context=context, context_keys=trimmer.keys, context_cut=trimmer.cut)


def row_of(message: Message, text: bytes, arrival: Arrival) -> EventRow | None:
    """The row of a message that was sent as ``text``; None when it must not be kept.

    Raises RefusedEvent when it is no event.
    """
    source = arrival.source
    if len(text) > source.max_event_bytes:
        raise RefusedEvent("too_large", f"{len(text)} bytes; this source takes {source.max_event_bytes}.")
    kind = _type(message, arrival)
    flags = _trim(message, arrival) if arrival.context or needs_trimming(text) else 0
    private = arrival.untracked
    context = context_of(bytes(message.context), source, arrival.address, by_bot=arrival.by_bot, private=private)
    about = message.traits if kind in _ABOUT_SOMEONE else message.properties
    properties = as_object(about)
    if kind == "identify" and not properties:
        properties = context.traits  # where RudderStack's clients put them
    if not context.agreed or (private and (source.privacy == Privacy.DROP or kind in _ABOUT_SOMEONE)):
        return None

    user, anonymous, previous = as_id(message.userId), as_id(message.anonymousId), as_id(message.previousId)
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
    account = as_id(message.groupId) or context.account
    if kind == "group" and not account:
        raise RefusedEvent("missing_group_id", "A group needs a groupId that names one.")
    if private:
        user = anonymous = previous = ""

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
    if kind in ("page", "screen"):
        _name_page(properties, message, context)
    name, name_flags = _event_name(message, kind)
    return EventRow(
        source=source.id,
        message_id=_message_id(message.messageId),
        type=kind,
        event=name,
        at_us=at,
        received_us=arrival.received_us,
        actor=actor,
        anon=anonymous_number,
        device=anonymous_number or (identity_id("d", context.device_id) if context.device_id else actor),
        session_id=context.session_id,
        account=account,
        platform=context.platform,
        page=_page(kind, properties, context),
        touch=context.touch_with(properties),
        customer_segment=customer_segment(properties) or context.customer_segment,
        value=_value(properties),
        flags=flags | clock_flags | context.flags | name_flags,
        properties=_json(properties).decode(),
        context=context.with_times(original, sent),
        user_id=user,
        anonymous_id=anonymous,
        previous_id=previous if kind == "alias" else "",
        traits=properties if kind in ("identify", "group") else None,
        trusted=source.trusted,
    )


def ids_of(message: Message) -> Ids:
    return Ids(as_id(message.userId), as_id(message.anonymousId), as_id(message.previousId))


def _type(message: Message, arrival: Arrival) -> str:
    stated = message.type
    if isinstance(stated, str) and stated in TYPES:
        return stated
    if arrival.type:
        return arrival.type
    raise RefusedEvent("unknown_type", "Neither the path nor the event says of which type it is.")


def _trim(message: Message, arrival: Arrival) -> int:
    """Put the message within the limits, its envelope's context merged beneath its own. Returns flags."""
    trimmer = Trimmer(arrival.context_keys, cut=arrival.context_cut)
    context = trimmer.trimmed(read_context(message.context))
    if arrival.context:
        context = arrival.context | context
    message.context = msgspec.Raw(_json(context))
    for field in _READ_AT_ONCE:
        value = getattr(message, field)
        if value is not None:
            setattr(message, field, trimmer.trimmed(value))
    if arrival.context and len(message.context) > arrival.source.max_event_bytes:
        raise _too_large_with_context()
    return CUT if trimmer.cut else 0


def _too_large_with_context() -> RefusedEvent:
    return RefusedEvent("too_large", "Too large together with the context of its batch.")


def _message_id(value: Any) -> str:
    """The client's id of the message; without one, or with one that is too long to keep, one is made."""
    if isinstance(value, _NUMBER):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        return uuid4().hex
    return value if len(value) <= limits.ID_CHARACTERS else _digest(value)


def _digest(value: str) -> str:
    return blake2b(value.encode(), digest_size=20).hexdigest()  # equal for equal ids, so that a repeat is known


def _event_name(message: Message, kind: str) -> tuple[str, int]:
    if kind != "track":
        return kind, 0
    name = message.event
    kept = _CONTROL.sub(" ", name)[: limits.NAME_CHARACTERS] if isinstance(name, str) else ""  # fit for one line
    if not kept.strip():
        raise RefusedEvent("missing_event", "A track call needs the name of an event.")
    return kept, CUT if kept != name else 0


def _name_page(properties: dict[str, Any], message: Message, context: Context) -> None:
    """Put a page's or screen's name, category and path where questions look for them."""
    for key, value in (("name", message.name), ("category", message.category), ("path", context.page)):
        if isinstance(value, str) and value:
            properties.setdefault(key, value)


def _page(kind: str, properties: dict[str, Any], context: Context) -> str:
    page = properties.get("name" if kind == "screen" else "path") or context.page
    return page[: limits.PAGE_CHARACTERS] if isinstance(page, str) else ""


def _value(properties: dict[str, Any]) -> float | None:
    for key in ("value", "revenue", "total"):
        value = properties.get(key)
        if isinstance(value, _NUMBER) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None
