"""What the context of an event tells. A page's or a program's events have equal ones: each is read once."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from analytics.collect import limits
from analytics.collect.addresses import truncated
from analytics.collect.bots import is_bot
from analytics.collect.keys import KnownSource
from analytics.collect.messages import read_context
from analytics.collect.models import Flag, Platform
from analytics.collect.values import as_id, as_object
from analytics.people.channels import touch_of
from productops.lib.remembered import remembered

_PLATFORMS = frozenset(Platform.values)
_MOBILE = {"ios": Platform.IOS.value, "ipados": Platform.IOS.value, "android": Platform.ANDROID.value}
_SERVER_LIBRARY = re.compile(r"\b(node|python|ruby|php|java|go|net|rust|elixir)\b", re.IGNORECASE)
_NAMES_A_DEVICE = ("ip", "device", "traits", "userAgent", "userAgentData", "sessionId", "network", "location")
_TELLS_A_TOUCH = ("page", "campaign", "referrer", "channel_name")
_OURS = ("ip", "originalTimestamp", "sentAt")  # what is kept under these names is written by us
_REMEMBERED = 1_024  # contexts, and the bytes of each: some 10 MB
_REMEMBERED_BYTES = 2_048
_NUMBER = (int, float)  # a union made anew takes longer than to look into a pair

_json = msgspec.json.Encoder().encode


class Context(NamedTuple):
    """What a row takes from its context. Events share it: its objects are for reading."""

    agreed: bool  # as far as it says, the person consents
    session_id: str
    device_id: str
    account: str
    platform: str
    page: str
    customer_segment: str
    traits: dict[str, Any]
    tells_a_touch: dict[str, Any]
    touch: str
    flags: int
    text: str  # the context itself, as it is kept

    def with_times(self, original: Any, sent: Any) -> str:
        """The text with what the client's clock said, which stays beside what we make of it."""
        times = {}
        if _is_time(original):
            times["originalTimestamp"] = original
        if _is_time(sent):
            times["sentAt"] = sent
        if not times:
            return self.text
        comma = "," if len(self.text) > len("{}") else ""
        return f"{self.text[:-1]}{comma}{_json(times)[1:].decode()}"

    def touch_with(self, properties: dict[str, Any]) -> str:
        told = {key: properties[key] for key in ("url", "search", "referrer") if key in properties}
        return _touch_of(_json((self.tells_a_touch, told))) if told else self.touch


def context_of(text: bytes, source: KnownSource, address: str, *, by_bot: bool, private: bool) -> Context:
    """Read the context that an event of ``source`` has. Raises RefusedEvent.

    ``address`` and ``by_bot`` are those of the request; ``private`` leaves out what names a device.
    """
    read = _read if len(text) <= _REMEMBERED_BYTES else _read.__wrapped__
    return read(text, source, address, by_bot, private)


@lru_cache(maxsize=_REMEMBERED)
def _read(text: bytes, source: KnownSource, address: str, by_bot: bool, private: bool) -> Context:
    context = read_context(text)
    device = as_object(context.get("device"))
    passive = Flag.PASSIVE.value if context.get("passive") is True else 0
    agent = context.get("userAgent")
    bot = (not isinstance(agent, str) and by_bot) or is_bot(agent, context.get("userAgentData"))
    agreed, platform = _agreed(context, source.consent_category), _platform(context, source.platform)
    traits = as_object(context.get("traits"))
    session_id, device_id = as_id(context.get("sessionId")), as_id(device.get("id"))
    address = _address(context, source, address)
    for name in _OURS:
        context.pop(name, None)
    if private:
        session_id = device_id = address = ""
        for name in _NAMES_A_DEVICE:
            context.pop(name, None)
    if address:
        context["ip"] = address
    tells_a_touch = {key: context[key] for key in _TELLS_A_TOUCH if key in context}
    path = as_object(context.get("page")).get("path")
    return Context(
        agreed=agreed,
        session_id=session_id,
        device_id=device_id,
        account=as_id(context.get("groupId")),
        platform=platform,
        page=path if isinstance(path, str) else "",
        customer_segment=customer_segment(context, as_object(context.get("traits"))),
        traits=traits,
        tells_a_touch=tells_a_touch,
        touch=_touch_of(_json((tells_a_touch, {}))) if tells_a_touch else "",
        flags=passive | (Flag.BOT.value if bot else 0),
        text=_json(context).decode(),
    )


def customer_segment(*places: dict[str, Any]) -> str:
    """The first that is stated; empty when none is."""
    for place in places:
        segment = place.get("customer_segment")
        if isinstance(segment, str) and segment:
            return segment[: limits.ID_CHARACTERS]
    return ""


@remembered(most=8_192, longest=1_024)  # a visit's events are alike in this
def _touch_of(told: bytes) -> str:
    context, properties = msgspec.json.decode(told)
    return touch_of(context, properties)


def _agreed(context: dict[str, Any], category: str) -> bool:
    """Whether the person agreed. No statement is agreement; a statement without a yes is none."""
    preferences = as_object(context.get("consent")).get("categoryPreferences")
    if not isinstance(preferences, dict):
        return True
    return preferences.get(category) is True if category else True in preferences.values()


def _platform(context: dict[str, Any], default: str) -> str:
    stated = context.get("platform")
    if isinstance(stated, str) and stated in _PLATFORMS:
        return stated
    for part, field in (("device", "type"), ("os", "name")):
        value = as_object(context.get(part)).get(field)
        if isinstance(value, str) and (mobile := _MOBILE.get(value.lower())):
            return mobile
    return default


def _address(context: dict[str, Any], source: KnownSource, seen: str) -> str:
    """A server knows its client's address, we see only the server's; a browser's or phone's we see ourselves."""
    library = as_object(context.get("library")).get("name")
    by_server = source.platform == Platform.SERVER or (isinstance(library, str) and _SERVER_LIBRARY.search(library))
    address = context.get("ip") if by_server and context.get("direct") is not True else seen
    if not isinstance(address, str):
        return ""
    short = truncated(address)
    return address if short and not source.truncate_ip else short


def _is_time(stated: Any) -> bool:
    return len(stated) <= 40 if isinstance(stated, str) else isinstance(stated, _NUMBER)
