"""Retention's cards: the cohorts as a heatmap, and the share that is left as time goes by."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics.explore.pages.inquiry import Content, Inquiry, Part
from analytics.explore.pages.retention.words import (
    GRAINS_SINCE,
    column_names,
    curve_takeaway,
    definition,
    early_late_takeaway,
    takeaway,
)
from analytics.explore.pages.shared import dated, event_name, scarce
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Heat, Interval, heat_level
from productops.lib.charts import Chart, Series
from productops.lib.drawing import scale
from productops.lib.numbers import fixed, percent, points


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    names = {"start": event_name(asked["start"]), "return": event_name(asked["return"])}
    found = {
        "cohorts": Part(
            _("Do people come back to “%(return)s” after “%(start)s”?") % names
            if asked["return"]["event"]
            else _("Do people come back after “%(start)s”?") % names,
            definition(asked),
            lambda answer: cohorts_content(inquiry, asked, answer),
        ),
        "curve": Part(
            _("How many are left as time goes by?"),
            Definition(
                _("The cells that are over, weighted by the size of their cohorts, with the 95% Wilson interval.")
                if asked["mode"] == "first_time"
                else _("The cells that are over, weighted by the size of their cohorts."),
            ),
            lambda answer: curve_content(asked, answer),
        ),
    }
    if asked["mode"] == "first_time":
        found["early_late"] = Part(
            _("Do later cohorts stay better?"),
            Definition(
                _("The first half of the cohorts together, and the others together; of an odd number more are late."),
                _("Only cells that are over. Differences are late minus early, with Newcombe's 95% interval."),
            ),
            lambda answer: early_late_content(inquiry, asked, answer),
        )
    return found


def cohorts_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    cohorts, average = answer["cohorts"], answer["average"]
    shares = [count / cohort["size"] for cohort in cohorts if cohort["size"] for count in cohort["returned"][1:]]
    low, high = (min(shares), max(shares)) if shares else (0.0, 1.0)
    size = sum(cohort["size"] for cohort in cohorts)
    names = column_names(asked, answer)
    head: list[Any] = [_("Average"), size]
    for place, one in enumerate(average):
        head.append(_heat(one["value"], place, low, high, title=_reach(one)) if one["denominator"] else None)
    rows: list[list[Any]] = [head]
    for index, cohort in enumerate(cohorts):
        row: list[Any] = [dated(cohort["period"], asked["grain"], inquiry.filters.today), cohort["size"]]
        for place in range(len(names)):
            if place >= len(cohort["returned"]) or not cohort["size"]:
                row.append(None)
                continue
            count, complete = cohort["returned"][place], cohort["complete"][place]
            title = _("%(n)s of %(size)s") % {"n": f"{count:,}", "size": f"{cohort['size']:,}"}
            href = inquiry.people_href(cohort=index, offset=place) if count else ""
            share = count / cohort["size"]
            row.append(_heat(share, place, low, high, title=title, incomplete=not complete, href=href))
        rows.append(row)
    return Content(
        takeaway=takeaway(asked["grain"], names, average),
        context=_("%(since)s, per cent of the cohort that came back") % {"since": GRAINS_SINCE[asked["grain"]]},
        table=Table(
            _("Retention by cohort"),
            [Column(_("Began")), Column(_("People"), "count"), *(Column(name) for name in names)],
            rows,
            heat=True,
        ),
        state=scarce(size, _("Nobody began on these days.")),
        source=scale(percent(low, 0), percent(high, 0), _("Outlined: not over")),
    )


def _heat(
    share: float | None,
    place: int,
    low: float,
    high: float,
    *,
    title: str = "",
    incomplete: bool = False,
    href: str = "",
) -> Heat | None:
    if share is None:
        return None
    level = 8 if place == 0 else heat_level(share, low, high)
    return Heat(fixed(share * 100, 0), level, incomplete, title=title, value=share, href=href)


def _reach(one: Mapping[str, Any]) -> str:
    of = _("%(n)s of %(size)s") % {"n": f"{one['numerator']:,}", "size": f"{one['denominator']:,}"}
    if one["low"] is None:
        return of
    return _("%(of)s; 95%% interval %(low)s to %(high)s") % {
        "of": of,
        "low": percent(one["low"]),
        "high": percent(one["high"]),
    }


def curve_content(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    names, average = column_names(asked, answer), answer["average"]
    shown = [(name, one) for name, one in zip(names, average, strict=True) if one["value"] is not None][1:]
    series = Series(
        _("Come back"),
        [one["value"] for _name, one in shown],
        low=[one["low"] for _name, one in shown] if all(one["low"] is not None for _name, one in shown) else (),
        high=[one["high"] for _name, one in shown] if all(one["high"] is not None for _name, one in shown) else (),
    )
    return Content(
        takeaway=curve_takeaway(asked["grain"], [(name, one["value"]) for name, one in shown]),
        table=Table(
            _("Average retention"),
            [
                Column(str(GRAINS_SINCE[asked["grain"]])),
                Column(_("Came back"), "count"),
                Column(_("Of"), "count"),
                Column(_("Share"), "percent"),
                Column(_("95% interval")),
            ],
            [
                [
                    name,
                    one["numerator"],
                    one["denominator"],
                    one["value"],
                    _("%(low)s to %(high)s") % {"low": percent(one["low"]), "high": percent(one["high"])}
                    if one["low"] is not None
                    else None,
                ]
                for name, one in shown
            ],
        ),
        chart=Chart(
            "lines",
            [name for name, _one in shown],
            [series],
            kind="percent",
            axis_title=str(GRAINS_SINCE[asked["grain"]]),
        ),
        state=scarce(sum(cohort["size"] for cohort in answer["cohorts"]), _("Nobody began on these days."))
        or (None if shown else scarce(0, _("No period after the start is over yet."))),
    )


def early_late_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    told = answer["early_late"]
    names, since = column_names(asked, answer)[1:], str(GRAINS_SINCE[asked["grain"]])
    columns = told["columns"] if told else []
    known = [(name, one) for name, one in zip(names, columns, strict=bool(told)) if one["low"] is not None]
    from_ = dated(told["late_from"], asked["grain"], inquiry.filters.today).text if told else ""
    reach = max((abs(end) for _name, one in known for end in (one["low"], one["high"])), default=1.0)
    people = min((one[half]["denominator"] for _name, one in known[:1] for half in ("early", "late")), default=0)
    return Content(
        takeaway=early_late_takeaway(asked["grain"], known),
        context=_("Later: those who began from %(day)s on") % {"day": from_} if told else "",
        table=Table(
            _("Earlier and later cohorts"),
            [
                Column(since),
                Column(_("Earlier"), "percent"),
                Column(_("Of"), "count", phone=False),
                Column(_("Later"), "percent"),
                Column(_("Of"), "count", phone=False),
                Column(_("Later − earlier"), "points"),
                Column(_("95%% interval, ±%(reach)s") % {"reach": points(reach)}, wide=True),
            ],
            [
                [
                    name,
                    one["early"]["value"],
                    one["early"]["denominator"],
                    one["late"]["value"],
                    one["late"]["denominator"],
                    one["late"]["value"] - one["early"]["value"],
                    Interval(
                        one["low"],
                        one["late"]["value"] - one["early"]["value"],
                        one["high"],
                        -reach,
                        reach,
                        _("%(low)s to %(high)s") % {"low": points(one["low"]), "high": points(one["high"])},
                        zero=True,
                    ),
                ]
                for name, one in known
            ],
        ),
        state=scarce(people, _("No period after the start is over yet for both halves.")),
    )
