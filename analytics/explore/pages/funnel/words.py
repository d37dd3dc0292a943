"""What a funnel's cards say: its rules, where people stop, whether it gets better."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.explore.pages.funnel.steps import Step
from productops.lib.cards import Definition
from productops.lib.changes import Change, share_noise
from productops.lib.numbers import exact, percent
from productops.lib.takeaways import sentence, together

ATTRIBUTION_WORDS = {
    "first_touch": gettext_lazy("Everybody counts at the first value that an event of theirs carries."),
    "last_touch": gettext_lazy("Everybody counts at the last value that an event of theirs carries."),
    "all_events": gettext_lazy(
        "Each value is a funnel of its own: only events that carry it count, so values may overlap."
    ),
    "step": gettext_lazy("Everybody counts at the value that their event at that step carries."),
}
ORDER_WORDS = {
    "ordered": gettext_lazy("Steps follow each other; other events may lie between."),
    "strict": gettext_lazy("Steps follow each other directly, without another event between."),
    "unordered": gettext_lazy("Steps may happen in any order; a count is of those who did so many of them."),
}


def definition(asked: Mapping[str, Any]) -> Definition:
    told = [
        ORDER_WORDS[asked["order"]],
        _("Everybody counts once, by the attempt that gets furthest; of equals, by the first."),
        _("All of it lies within %(window)s of the first step, the end included.") % {"window": window_words(asked)},
    ]
    rules = [_("The time is that from the step before.")]
    if asked.get("exclusions") and asked["order"] == "unordered":
        rules.append(_("An attempt in which what leads out is done before the last step doesn't count."))
    elif asked.get("exclusions"):
        rules.append(
            _("Who does what leads out between two steps is left out, unless an attempt without it gets as far.")
        )
    return Definition(" ".join(str(one) for one in told), " ".join(rules))


def window_words(asked: Mapping[str, Any]) -> str:
    window = asked.get("window") or {"value": 14, "unit": "day"}
    value = window["value"]
    words = {
        "second": ngettext("%(n)s second", "%(n)s seconds", value),
        "minute": ngettext("%(n)s minute", "%(n)s minutes", value),
        "hour": ngettext("%(n)s hour", "%(n)s hours", value),
        "day": ngettext("%(n)s day", "%(n)s days", value),
        "week": ngettext("%(n)s week", "%(n)s weeks", value),
        "month": ngettext("%(n)s month", "%(n)s months", value),
    }
    return words[window["unit"]] % {"n": value}


def takeaway(steps: Sequence[Step], worst: Step | None) -> str:
    last = steps[-1]
    if not last.start:
        return ""
    level = sentence(
        _("%(b_share)s get to “%(last)s”: %(people)s of %(start)s."),
        b_share=percent(last.of_start),
        last=last.name,
        people=exact(last.people),
        start=exact(last.start),
    )
    if worst is None:
        return together(level, sentence(_("Nobody is lost on the way.")))
    loss = sentence(
        _("The largest loss is before “%(name)s”: %(b_lost)s of %(before)s don't go on."),
        name=worst.name,
        b_lost=exact(worst.lost),
        before=exact(worst.before),
    )
    return together(level, loss)


def trend_takeaway(whole: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> str:
    """The first and the last period that is over, and whether they differ by more than chance."""
    known = [(label, one) for label, one in zip(labels, whole, strict=False) if one["entered"]]
    if len(known) < 2:
        return sentence(_("Too few periods are over to tell."))
    (first_label, old), (last_label, new) = known[0], known[-1]
    noise = share_noise(new["rate"], new["entered"], old["rate"], old["entered"])
    change = Change(new["rate"], old["rate"], "percent", "up", noise)
    values = {"first": first_label, "last": last_label, "old": percent(old["rate"]), "b_new": percent(new["rate"])}
    if not change.clear:
        return sentence(_("No clear change from %(first)s (%(old)s) to %(last)s (%(b_new)s)."), **values)
    template = (
        _("It rose from %(old)s (%(first)s) to %(b_new)s (%(last)s).")
        if change.direction == "up"
        else _("It fell from %(old)s (%(first)s) to %(b_new)s (%(last)s).")
    )
    return sentence(template, **values)
