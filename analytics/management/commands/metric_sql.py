"""``manage.py metric_sql METRIC --dialect postgres``: that metric's SQL, from the expression the portal runs."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from analytics.metrics.calendar import today
from analytics.metrics.registry import METRICS
from analytics.rollups.sql import DAYS_SHOWN, DIALECTS, metric_sql


class Command(BaseCommand):
    help = "Write a metric's SQL for an engine. Its tables are those of docs/architecture.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("metric", choices=sorted(METRICS), metavar="METRIC", help=", ".join(sorted(METRICS)))
        parser.add_argument("--dialect", choices=sorted(DIALECTS), default="postgres")
        parser.add_argument("--grain", choices=["day", "week", "month"], help="default: the finest the metric has")
        parser.add_argument("--by", action="append", default=[], metavar="DIMENSION", help="may be given several times")
        parser.add_argument("--to", type=date.fromisoformat, help="last day, default today")
        parser.add_argument("--days", type=int, default=DAYS_SHOWN)

    def handle(self, *args: Any, **options: Any) -> None:
        metric = METRICS[options["metric"]]
        text = metric_sql(
            metric.key,
            options["dialect"],
            last=options["to"] or today(settings.PROJECT_TIME_ZONE),
            days=options["days"],
            grain=options["grain"],
            by=tuple(options["by"]),
            zone=settings.PROJECT_TIME_ZONE,
            week_start=settings.WEEK_START,
        )
        self.stdout.write(f"-- {metric.label}: {metric.definition}")
        self.stdout.write(text)
