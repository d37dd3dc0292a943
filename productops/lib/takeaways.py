"""The sentence that answers a card's question, built from its figures.

Every function returns one sentence as markup with its figures in bold. Sentences tell what is; none
gives a cause, since no figure on a card shows one.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from productops.lib.changes import MINIMUM_PEOPLE, Change
from productops.lib.numbers import Figure, percent, written_compactly

MOST_SENTENCES = 2

NameOf = Callable[[str], str]


def sentence(template: str, **values: Any) -> SafeString:
    """A translated ``template`` with ``%(name)s`` filled in; names that begin with ``b_`` are set in bold."""
    written = {
        name: format_html("<strong>{}</strong>", value) if name.startswith("b_") else conditional_escape(value)
        for name, value in values.items()
    }
    return mark_safe(conditional_escape(template) % written)  # noqa: S308  (every value is escaped above)


def together(*sentences: str) -> SafeString:
    """Up to two sentences, blank ones left out."""
    kept = [one for one in sentences if one]
    if len(kept) > MOST_SENTENCES:
        raise ValueError("A takeaway has at most two sentences.")
    return mark_safe(" ".join(conditional_escape(one) for one in kept))  # noqa: S308


def level(subject: str, value: Figure, when: str, kind: str = "count") -> SafeString:
    """``Daily active people: 6,204 on 20 Nov.``"""
    return sentence(
        _("%(subject)s: %(b_value)s %(when)s."), subject=subject, b_value=written_compactly(value, kind), when=when
    )


def change(subject: str, change: Change, since: str) -> SafeString:
    """``Signups rose 6.4% against four weeks ago, from 4,523 to 4,812.`` or that nothing clear happened."""
    values = {
        "subject": subject,
        "b_now": written_compactly(change.now, change.kind),
        "before": written_compactly(change.before, change.kind),
        "since": since,
    }
    if not change.clear:
        return sentence(_("%(subject)s: no clear change against %(since)s (%(b_now)s now, %(before)s then)."), **values)
    template = (
        _("%(subject)s rose %(size)s against %(since)s, from %(before)s to %(b_now)s.")
        if change.direction == "up"
        else _("%(subject)s fell %(size)s against %(since)s, from %(before)s to %(b_now)s.")
    )
    return sentence(template, size=change.size, **values)


def contributor(parts: Mapping[str, tuple[float, float]], kind: str = "count", name_of: NameOf = str) -> SafeString:
    """Which part moved most in the direction of the whole; ``parts`` maps values to (now, before). Blank if none did.

    For parts that add up to the whole; ``most_changed`` is for others. ``name_of`` writes a value, here and below:
    several values may be written alike.
    """
    moves = {name: now - before for name, (now, before) in parts.items()}
    total = sum(moves.values())
    same_way = {name: move for name, move in moves.items() if move * total > 0}
    if not same_way:
        return mark_safe("")
    name = max(same_way, key=lambda name: abs(same_way[name]))
    template = (
        _("The largest gain is %(b_name)s, up %(size)s; all together are up %(total)s.")
        if total > 0
        else _("The largest loss is %(b_name)s, down %(size)s; all together are down %(total)s.")
    )
    return sentence(
        template,
        b_name=name_of(name),
        size=written_compactly(abs(same_way[name]), kind),
        total=written_compactly(abs(total), kind),
    )


def most_changed(changes: Mapping[str, Change], name_of: NameOf = str) -> SafeString:
    """The part whose clear change is largest, of parts that may overlap. Blank when there is none to compare."""
    if not changes:
        return mark_safe("")
    clear = {name: change for name, change in changes.items() if change.clear}
    if not clear:
        return sentence(_("No part changed clearly."))
    name = max(clear, key=lambda name: abs(clear[name].difference))
    template = (
        _("%(b_name)s changed most, up %(size)s to %(now)s.")
        if clear[name].direction == "up"
        else _("%(b_name)s changed most, down %(size)s to %(now)s.")
    )
    now = written_compactly(clear[name].now, clear[name].kind)
    return sentence(template, b_name=name_of(name), size=clear[name].size, now=now)


def largest(subject: str, sizes: Mapping[str, float], whole: float | None = None, name_of: NameOf = str) -> SafeString:
    """``The largest part of signups is Organic with 44.1%.`` Blank when there is nothing.

    ``whole`` is what they are parts of, where they overlap and don't add up to it.
    """
    total = sum(sizes.values()) if whole is None else whole
    if not sizes or total <= 0:
        return mark_safe("")
    name = max(sizes, key=lambda name: sizes[name])
    return sentence(
        _("The largest part of %(subject)s is %(b_name)s with %(b_share)s."),
        subject=subject[:1].lower() + subject[1:],
        b_name=name_of(name),
        b_share=percent(sizes[name] / total),
    )


def comparison(values: Mapping[str, tuple[float, float, float]], kind: str = "percent") -> SafeString:
    """Highest against lowest of ``name → (low, value, high)``; says so when their intervals overlap."""
    if len(values) < 2:
        return mark_safe("")
    best = max(values, key=lambda name: values[name][1])
    worst = min(values, key=lambda name: values[name][1])
    if values[worst][2] >= values[best][0]:
        return sentence(_("No clear difference: the intervals of highest and lowest overlap."))
    return sentence(
        _("%(b_best)s is highest with %(high)s, %(b_worst)s lowest with %(low)s; the intervals do not overlap."),
        b_best=best,
        high=written_compactly(values[best][1], kind),
        b_worst=worst,
        low=written_compactly(values[worst][1], kind),
    )


def forecast(value: float, target: float, per_week: float, week: date | None, kind: str = "count") -> SafeString:
    """When a target is reached at the present pace; ``week`` is that week's first day, None if it isn't in sight."""
    if value >= target:
        return sentence(_("The target of %(b_target)s is reached."), b_target=written_compactly(target, kind))
    if week is None or per_week <= 0:
        return sentence(
            _("At the current pace the target of %(b_target)s is not reached."),
            b_target=written_compactly(target, kind),
        )
    return sentence(
        _("At the current pace (+%(pace)s a week) the target is reached in %(b_week)s."),
        pace=written_compactly(per_week, kind),
        b_week=_("the week of %(day)s") % {"day": date_format(week, "j F")},
    )


def too_few(people: int) -> SafeString:
    """Said instead of a takeaway below ``changes.MINIMUM_PEOPLE``."""
    if people >= MINIMUM_PEOPLE:
        raise ValueError(f"{people} are enough to compare.")
    return sentence(_("Too few people to compare (n = %(n)s)."), n=people)
