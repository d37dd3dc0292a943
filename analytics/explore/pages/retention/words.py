"""What retention's cards say: the rules, how many are left, and where most are lost."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from productops.lib.cards import Definition
from productops.lib.numbers import fixed, percent, points
from productops.lib.takeaways import sentence, together

GRAINS_SINCE = {
    "hour": gettext_lazy("Hours since the start"),
    "day": gettext_lazy("Days since the start"),
    "week": gettext_lazy("Weeks since the start"),
    "month": gettext_lazy("Months since the start"),
}
UNIT = {
    "hour": gettext_lazy("hour %(n)s"),
    "day": gettext_lazy("day %(n)s"),
    "week": gettext_lazy("week %(n)s"),
    "month": gettext_lazy("month %(n)s"),
}


def definition(asked: Mapping[str, Any]) -> Definition:
    told = [
        _("A cohort is everybody whose first such event in all history lies in the period.")
        if asked["mode"] == "first_time"
        else _("A cohort is everybody who did it in the period, so one person may be in several."),
        _("Column 0 is the cohort; each further one those who came back so many periods later."),
    ]
    if asked["on_or_after"]:
        told.append(_("Who came back later counts in every earlier column, too."))
    if asked["minimum_occurrences"] > 1:
        told.append(_("Coming back takes %(n)s such events in one period.") % {"n": asked["minimum_occurrences"]})
    rules = (
        _("Distances are counted from the instant of each person's own start.")
        if asked["window"] == "24h"
        else _("Periods are those of the calendar in the time zone shown, whatever time of day somebody starts.")
    )
    return Definition(" ".join(told), f"{rules} " + _("Cells that are not over are left out of the average."))


def column_names(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """The distance each column begins at; brackets with the one they end at."""
    found = []
    for column in answer["columns"]:
        since, to = column["from"], column["to"]
        found.append(str(since) if since == to else f"{since}–{to}")
    return found


def takeaway(grain: str, names: Sequence[str], average: Sequence[Mapping[str, Any]]) -> str:
    """How many are left early and late, and at which distance most are lost."""
    known = [(name, one["value"]) for name, one in zip(names, average, strict=True) if one["value"] is not None]
    if len(known) < 2:
        return ""
    early, late = known[1], known[-1]
    values = {
        "b_early": percent(early[1], 0),
        "first": UNIT[grain] % {"n": early[0]},
        "b_late": percent(late[1], 0),
        "last": UNIT[grain] % {"n": late[0]},
    }
    if early == late:
        return sentence(_("%(b_early)s come back in %(first)s."), **values)
    level = sentence(_("%(b_early)s come back in %(first)s and %(b_late)s in %(last)s."), **values)
    losses = [(before[1] - after[1], after[0]) for before, after in pairwise(known)]
    lost, where = max(losses, key=lambda loss: loss[0])
    if lost <= 0:
        return level
    worst = sentence(
        _("The largest loss is in %(where)s: %(b_lost)s."),
        where=UNIT[grain] % {"n": where},
        b_lost=_("%(points)s points") % {"points": fixed(lost * 100, 0)},
    )
    return together(level, worst)


def curve_takeaway(grain: str, shares: Sequence[tuple[str, float]]) -> str:
    """From when on fewer than half come back; as long as half do, how many at the furthest distance."""
    if not shares:
        return ""
    fewer = list(takewhile(lambda one: one[1] < 0.5, reversed(shares)))
    if not fewer:
        name, share = shares[-1]
        furthest = _("In %(where)s, the furthest that is known, %(b_share)s come back.")
        return sentence(furthest, where=UNIT[grain] % {"n": name}, b_share=percent(share))
    name, share = fewer[-1]
    template = _("From %(where)s on fewer than half come back: %(b_share)s.")
    return sentence(template, where=UNIT[grain] % {"n": name}, b_share=percent(share))


def early_late_takeaway(grain: str, known: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """At the furthest distance that at least half of the later people have behind them."""
    if not known:
        return ""
    all_late = known[0][1]["late"]["denominator"]
    name, one = [(name, one) for name, one in known if one["late"]["denominator"] * 2 >= all_late][-1]
    values = {
        "where": UNIT[grain] % {"n": name},
        "b_late": percent(one["late"]["value"]),
        "early": percent(one["early"]["value"]),
        "low": points(one["low"]),
        "high": points(one["high"]),
    }
    if one["low"] > 0:
        template = _("Later cohorts stay better: %(b_late)s come back in %(where)s, of the earlier ones %(early)s.")
    elif one["high"] < 0:
        template = _("Later cohorts stay worse: %(b_late)s come back in %(where)s, of the earlier ones %(early)s.")
    else:
        template = _("No clear difference: %(b_late)s of the later come back in %(where)s, %(early)s of the earlier.")
    return together(
        sentence(template, **values),
        sentence(_("The difference lies between %(low)s and %(high)s."), **values),
    )
