"""``manage.py metric_sql NAME --dialect postgres``: a metric's or an analysis's SQL, from the expression that runs."""

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.explore.analyses import BY_KIND
from analytics.explore.sql import analysis_sql, usual_body
from analytics.metrics.calendar import today
from analytics.metrics.registry import METRICS
from analytics.rollups.sql import DAYS_SHOWN, DIALECTS, metric_sql


class Command(BaseCommand):
    help = (
        "Write the SQL of a metric or an analysis for an engine. Its tables are those of docs/architecture.md. "
        "What is both is taken for a metric, unless --body says what is asked of the analysis."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = sorted({*METRICS, *BY_KIND})
        parser.add_argument("name", choices=names, metavar="NAME", help=", ".join(names))
        parser.add_argument("--dialect", choices=sorted(DIALECTS), default="postgres")
        metric = parser.add_argument_group("of a metric")
        metric.add_argument("--grain", choices=["day", "week", "month"], help="default: the finest the metric has")
        metric.add_argument("--by", action="append", default=[], metavar="DIMENSION", help="may be given several times")
        metric.add_argument("--to", type=date.fromisoformat, help="last day, default today")
        metric.add_argument("--days", type=int, default=DAYS_SHOWN)
        analysis = parser.add_argument_group("of an analysis")
        analysis.add_argument(
            "--body",
            metavar="FILE.json",
            help="what is asked, as the API takes it; default: from signup to key action over the last 90 days",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["name"] in METRICS and not options["body"]:
            self._write_metric(options)
        elif options["name"] in BY_KIND:
            self._write_analysis(options["name"], options["dialect"], options["body"])
        else:
            raise CommandError(f"{options['name']} is a metric, of which there is nothing to ask by --body.")

    def _write_metric(self, options: dict[str, Any]) -> None:
        metric = METRICS[options["name"]]
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
        self.stdout.write(f"{text};")

    def _write_analysis(self, kind: str, dialect: str, file: str | None) -> None:
        body = self._body(file) if file else usual_body(kind, settings.PROJECT_TIME_ZONE)
        request = BY_KIND[kind].request(data=body)
        if not request.is_valid():
            raise CommandError(f"This can't be asked: {json.dumps(request.errors)}")
        self.stdout.write(f"-- {BY_KIND[kind].summary}: {json.dumps(body)}")
        for statement in analysis_sql(kind, request.question(), dialect):
            self.stdout.write(f"{statement};\n")

    def _body(self, file: str) -> Any:
        try:
            with open(file) as text:
                return json.load(text)
        except (OSError, ValueError) as problem:
            raise CommandError(f"{file} holds no question: {problem}") from problem
