"""The query string of ``/api/rollups/``: what is asked, checked so that each mistake gets a sentence."""

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.metrics.calendar import GRAINS, HORIZON, today
from analytics.metrics.registry import DIMENSIONS, METRICS, Metric
from analytics.rollups.models import Rollup

LONGEST_DAYS = 4_018  # eleven years
DEFAULT_DAYS = 30
FORMATS = ("json", "csv", "parquet")
ALL_DIMENSIONS = (*DIMENSIONS, "event", "length")


def _choices(values: Any) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class RollupForm(forms.Form):
    """The checks that need more than one field."""

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        if unknown := sorted(set(self.data) - set(self.fields) - {"page", "page_size"}):
            known = ", ".join([*self.fields, "page", "page_size"])
            for name in unknown:
                self._refuse(
                    name, _("There is no such parameter or dimension. Known are: %(known)s.") % {"known": known}
                )
        if metric := METRICS.get(asked.get("metric") or ""):
            asked["grain"] = asked.get("grain") or metric.grains[0]
            self._check_grain(metric, asked["grain"])
            self._check_dimensions(metric, asked)
        self._check_days(asked)
        return asked

    def _check_grain(self, metric: Metric, grain: str) -> None:
        if grain in metric.grains:
            return
        reason = _("%(metric)s exists by %(grains)s only.")
        if metric.key == "dau":
            reason += " " + _("For distinct people of a whole week or month ask for active_people, wau or mau.")
        self._refuse("grain", reason % {"metric": metric.key, "grains": ", ".join(metric.grains)})

    def _check_dimensions(self, metric: Metric, asked: dict[str, Any]) -> None:
        by = asked.get("by")
        for name in ALL_DIMENSIONS:
            if (asked.get(name) or by == name) and name not in metric.dimensions:
                reason = _("%(metric)s has no dimension %(name)s. It has: %(dimensions)s.")
                words = {"metric": metric.key, "name": name, "dimensions": ", ".join(metric.dimensions)}
                self._refuse("by" if by == name else name, reason % words)
        if by and asked.get(by):
            self._refuse("by", _("A dimension is either split by or held to one value, not both."))

    def _check_days(self, asked: dict[str, Any]) -> None:
        if {"from", "to"} & set(self.errors):
            return
        last = asked["to"] = asked.get("to") or today(settings.PROJECT_TIME_ZONE)
        first = asked["from"] = asked.get("from") or last - timedelta(days=DEFAULT_DAYS - 1)
        if first > last:
            self._refuse("from", _("This day is after the last one asked for."))
        elif (last - first).days >= LONGEST_DAYS:
            self._refuse(
                "from", _("The range is longer than %(days)d days. Ask for less at once.") % {"days": LONGEST_DAYS}
            )
        elif last >= HORIZON or first.year < 1971:
            self._refuse("from", _("Figures lie between the years 1971 and 2099."))

    def _refuse(self, field: str, reason: str) -> None:
        self.errors.setdefault(field, self.error_class()).append(reason)


class RollupFilter(django_filters.FilterSet):
    metric = django_filters.ChoiceFilter(
        choices=_choices(METRICS), required=True, help_text=gettext_lazy("Key of a metric, see /api/metrics/.")
    )
    # "from" is a word of the language, so that it can't be assigned to.
    vars()["from"] = django_filters.DateFilter(
        help_text=gettext_lazy("First day, in the project's time zone. Default: 29 days before the last.")
    )
    to = django_filters.DateFilter(help_text=gettext_lazy("Last day, included. Default: today."))
    grain = django_filters.ChoiceFilter(
        choices=_choices(GRAINS), help_text=gettext_lazy("Default: the finest that the metric has.")
    )
    platform = django_filters.CharFilter(max_length=60, help_text=gettext_lazy("Only this platform."))
    customer_segment = django_filters.CharFilter(max_length=60, help_text=gettext_lazy("Only this customer segment."))
    channel = django_filters.CharFilter(max_length=60, help_text=gettext_lazy("Only people of this first channel."))
    persona = django_filters.CharFilter(max_length=60, help_text=gettext_lazy("Only people of this persona."))
    event = django_filters.CharFilter(max_length=200, help_text=gettext_lazy("Only this event: events_by_name."))
    length = django_filters.CharFilter(max_length=60, help_text=gettext_lazy("Only this class: session_lengths."))
    by = django_filters.ChoiceFilter(
        choices=_choices(ALL_DIMENSIONS), help_text=gettext_lazy("Split by this dimension: a point for each value.")
    )
    format = django_filters.ChoiceFilter(choices=_choices(FORMATS), help_text=gettext_lazy("Default: json."))

    class Meta:
        model = Rollup
        fields: list[str] = []
        form = RollupForm
