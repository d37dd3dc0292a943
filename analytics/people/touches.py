"""A touch: what an event tells of the way by which someone came, before any rule is applied.

As text it is a compact JSON array, so that equal touches are equal text and a rule list that
changes later can be applied to the past.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

# Query parameters that advertisers' networks add to a link, in order of preference.
CLICK_IDS = (
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "yclid",
    "fbclid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "epik",
    "rdt_cid",
    "sccid",
    "irclickid",
)
_LONGEST_PART = 80  # so that six of them, escaped, fit the column
_LONGEST_URL = 4096


class Touch(NamedTuple):
    """Each part is empty where the event doesn't tell it; all but the campaign are lower-case."""

    click_id: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    channel: str = ""  # named by the sender; no rule overrides it

    def text(self) -> str:
        return json.dumps(self, ensure_ascii=False, separators=(",", ":")) if any(self) else ""

    @classmethod
    def parse(cls, text: str) -> "Touch":
        return cls(*json.loads(text)) if text else cls()


def touch_of(context: Mapping[str, Any], properties: Mapping[str, Any], page_url: str = "") -> str:
    """The touch of an event as text; empty when it tells nothing or someone moved within the site.

    ``context`` and ``properties`` are what the SDK sent, of whatever types; ``page_url`` is the
    page's address where the dialect keeps it elsewhere than in ``context.page.url``.
    """
    page, campaign = _mapping(context, "page"), _mapping(context, "campaign")
    address = page_url or _text(page, "url") or _text(properties, "url")
    query = _query(address) or _query(_text(page, "search") or _text(properties, "search"))
    came_from = _text(page, "referrer") or _text(_mapping(context, "referrer"), "url") or _text(properties, "referrer")
    referrer = _host(came_from)
    return Touch(
        click_id=next((kind for kind in CLICK_IDS if kind in query), ""),
        source=_part(_text(campaign, "source") or query.get("utm_source", "")).lower(),
        medium=_part(_text(campaign, "medium") or query.get("utm_medium", "")).lower(),
        campaign=_part(_text(campaign, "name") or query.get("utm_campaign", "")),
        referrer="" if _same_site(referrer, _host(address)) else _part(referrer),
        channel=_part(_text(context, "channel_name")),
    ).text()


def _mapping(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(of: Mapping[str, Any], key: str) -> str:
    value = of.get(key)
    return value.strip() if isinstance(value, str) else ""


def _part(text: str) -> str:
    return "".join(character for character in text.strip()[:_LONGEST_PART] if character.isprintable())


def _query(address: str) -> dict[str, str]:
    """Parameters of an address, or of its query string alone, by lower-case name."""
    _, _, query = address[:_LONGEST_URL].partition("?")
    try:
        found = parse_qs(query.partition("#")[0], max_num_fields=100)
    except ValueError:  # more fields than anyone types
        return {}
    return {name.lower(): values[0] for name, values in found.items()}


def _host(address: str) -> str:
    try:
        return (urlsplit(address[:_LONGEST_URL]).hostname or "").removeprefix("www.")
    except ValueError:  # a malformed IPv6 address
        return ""


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
