"""What a segment says, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.explore.conditions import PERSON
from analytics.explore.pages.forms import LISTS, OPERATORS, VALUELESS
from analytics.explore.segments.definitions import Definition

OPERATOR_WORDS = dict(OPERATORS)


def told(definition: Definition, names: Mapping[int, str]) -> list[str]:
    """A phrase for each condition; ``names`` are those of all segments."""
    return [_condition(one, names) for one in definition["conditions"]]


def _condition(one: Mapping[str, Any], names: Mapping[int, str]) -> str:
    if one["kind"] == "person":
        return _property(one)
    if one["kind"] == "segment":
        name = names.get(one["segment"], str(one["segment"]))
        return (_("in “%(name)s”") if one["inside"] else _("not in “%(name)s”")) % {"name": name}
    return " ".join([_doing(one), _stretch(one)]).strip()


def _property(one: Mapping[str, Any]) -> str:
    name = one["property"].removeprefix(PERSON).replace("_", " ")
    operator, value = one["operator"], one.get("value")
    if operator in VALUELESS:
        return f"{name} {OPERATOR_WORDS[operator]}"
    written = ", ".join(str(each) for each in value or ()) if operator in LISTS else value
    return f"{name} {OPERATOR_WORDS[operator]} {written}"


def _doing(one: Mapping[str, Any]) -> str:
    event = _("“%(name)s”") % {"name": one["event"]} if one["event"] else _("anything")
    if one["filters"]:
        event = _("%(event)s where %(filters)s") % {
            "event": event,
            "filters": _(" and ").join(_property(each) for each in one["filters"]),
        }
    least, most = one["at_least"], one["at_most"]
    if most == 0:
        return _("never did %(event)s") % {"event": event}
    if most is None and least <= 1:
        return _("did %(event)s") % {"event": event}
    if most is None:
        often = ngettext("at least %(n)s time", "at least %(n)s times", least) % {"n": least}
    elif not least:
        often = ngettext("at most %(n)s time", "at most %(n)s times", most) % {"n": most}
    else:
        often = _("%(least)s to %(most)s times") % {"least": least, "most": most}
    return _("did %(event)s %(often)s") % {"event": event, "often": often}


def _stretch(one: Mapping[str, Any]) -> str:
    if one["days"]:
        return ngettext("in the last day", "in the last %(n)s days", one["days"]) % {"n": one["days"]}
    if one["from"] and one["to"]:
        return _("from %(first)s to %(last)s") % {"first": one["from"], "last": one["to"]}
    if one["from"]:
        return _("since %(first)s") % {"first": one["from"]}
    return _("until %(last)s") % {"last": one["to"]} if one["to"] else ""
