"""The SQL of metrics for every engine, as the pages show it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.core.cache import cache

from analytics.metrics.calendar import today
from analytics.store.pool import ask
from productops.lib.cards import Card

KEPT_SECONDS = 25 * 3600
ENGINE = "DuckDB"


def sql_of(metrics: Collection[str]) -> dict[str, dict[str, str]]:
    """Metric → dialect → text, over the last four weeks.

    Written in a query process, since a web worker loads no engine, and kept for the day: writing the
    SQL of one metric for all dialects takes longer than the rest of a page.
    """
    day = today(settings.PROJECT_TIME_ZONE)
    keys = {f"sql:{settings.PROJECT_TIME_ZONE}:{settings.WEEK_START}:{day}:{metric}": metric for metric in metrics}
    kept = cache.get_many(keys)
    if missing := [metric for key, metric in keys.items() if key not in kept]:
        written = ask(written_sql, missing, day)
        fresh = {key: written[metric] for key, metric in keys.items() if metric in written}
        cache.set_many(fresh, KEPT_SECONDS)
        kept |= fresh
    return {keys[key]: texts for key, texts in kept.items()}


def with_sql(cards: Iterable[Card]) -> list[Card]:
    """``cards`` with the SQL of the metric that each one's definition names, for the engine that ran it.

    The other engines' stand on the metric's own page: all of them on every card would be most of a page.
    """
    cards = list(cards)
    texts = sql_of({card.definition.metric for card in cards if card.definition.metric})
    return [
        replace(card, sql={ENGINE: texts[card.definition.metric][ENGINE]}) if card.definition.metric in texts else card
        for card in cards
    ]


def written_sql(metrics: Collection[str], last: date) -> dict[str, dict[str, str]]:
    from analytics.rollups.sql import DIALECTS, metric_sql

    zone, week_start = settings.PROJECT_TIME_ZONE, settings.WEEK_START
    return {
        metric: {
            label: metric_sql(metric, dialect, last=last, zone=zone, week_start=week_start)
            for dialect, label in DIALECTS.items()
        }
        for metric in metrics
    }
