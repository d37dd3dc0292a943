"""``/api/rollups/`` and ``/api/metrics/``: figures by period, and what they mean."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.metrics.registry import DIMENSIONS, METRICS
from analytics.rollups.filters import RollupFilter
from analytics.rollups.models import Rollup
from analytics.rollups.queries import Point, series
from productops.lib import exports
from productops.lib.roles import IsViewer

COLUMNS = ("period", *DIMENSIONS, "event", "length", "value", "numerator", "denominator", "complete", "current")


class PointSerializer(serializers.Serializer[Point]):
    period = serializers.DateField(help_text="First day of the period.")
    dimensions = serializers.DictField(child=serializers.CharField(), help_text="What was asked for; others are all.")
    value = serializers.FloatField(allow_null=True, help_text="null: no data.")
    numerator = serializers.FloatField(allow_null=True, help_text="Of a rate.")
    denominator = serializers.FloatField(allow_null=True, help_text="Of a rate; 0 gives no value.")
    complete = serializers.BooleanField(help_text="false: the period is not over, or was not when last counted.")
    current = serializers.BooleanField(
        help_text="false: as another time zone or definition had it; it is being worked out anew."
    )


class SeriesSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    grain = serializers.ChoiceField(choices=["day", "week", "month"])
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    results = PointSerializer(many=True)


class SeriesPages(PageNumberPagination):
    """Points by a thousand: two and a half years of days in one answer."""

    page_size = 1000
    max_page_size = 5000
    page_size_query_param = "page_size"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema


class RollupView(GenericAPIView):
    """Figures of one metric over time, without gaps."""

    permission_classes = [IsViewer]
    queryset = Rollup.objects.none()
    filterset_class = RollupFilter
    pagination_class = SeriesPages

    @extend_schema(
        operation_id="rollups",
        summary="Figures of one metric by period",
        description=(
            "Distinct counts never add up: people active on two days are one person of the week, and people on two "
            "platforms are one person of the total. Ask for the grain and the dimensions you need. Without `by` "
            "there is one point for each period; with `by` one for each period and value."
        ),
        responses={
            (200, "application/json"): SeriesSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY,
            400: OpenApiResponse(OpenApiTypes.OBJECT, "What is wrong with the request, as a problem document."),
        },
        examples=[
            OpenApiExample(
                "Daily active people on iOS",
                value={
                    "metric": "dau",
                    "grain": "day",
                    "count": 1,
                    "next": None,
                    "results": [
                        {
                            "period": "2025-01-01",
                            "dimensions": {"platform": "ios"},
                            "value": 412,
                            "numerator": None,
                            "denominator": None,
                            "complete": True,
                            "current": True,
                        }
                    ],
                },
                response_only=True,
                media_type="application/json",
            )
        ],
    )
    def get(self, request: Request) -> HttpResponseBase:
        asked = self._asked(request)
        points = self._points(asked)
        name = f"{asked['metric']}-by-{asked['grain']}"
        if asked["format"] == "csv":
            return exports.csv_response(f"{name}.csv", COLUMNS, _rows(points))
        if asked["format"] == "parquet":
            return exports.parquet_response(f"{name}.parquet", _parquet_schema(), _rows(points))
        pages = SeriesPages()
        page = pages.paginate_queryset(points, request, self) or []
        head = {"metric": asked["metric"], "grain": asked["grain"], "count": len(points)}
        found = [PointSerializer(point).data for point in page]
        return Response({**head, "next": pages.get_next_link(), "results": found})

    def _asked(self, request: Request) -> dict[str, Any]:
        form = self.filterset_class(request.query_params, queryset=self.get_queryset()).form
        if not form.is_valid():
            raise ValidationError(form.errors)
        return form.cleaned_data

    def _points(self, asked: dict[str, Any]) -> list[Point]:
        metric = METRICS[asked["metric"]]
        where: dict[str, str] = {name: asked[name] for name in metric.dimensions if asked.get(name)}
        return series(metric.key, asked["from"], asked["to"], asked["grain"], where, asked["by"] or None)


def _rows(points: Iterable[Point]) -> Iterable[Sequence[Any]]:
    for point in points:
        dimensions = (point.dimensions.get(name, "") for name in (*DIMENSIONS, "event", "length"))
        figures = (None if n is None else float(n) for n in (point.value, point.numerator, point.denominator))
        yield (point.period, *dimensions, *figures, point.complete, point.current)


def _parquet_schema() -> Any:
    import pyarrow as pa

    kinds = {"period": pa.date32(), "complete": pa.bool_(), "current": pa.bool_()}
    figures = dict.fromkeys(("value", "numerator", "denominator"), pa.float64())
    return pa.schema({name: {**kinds, **figures}.get(name, pa.string()) for name in COLUMNS})


class MetricSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the metric's, not the field's
    question = serializers.CharField()
    definition = serializers.CharField()
    unit = serializers.CharField()
    grains = serializers.ListField(child=serializers.CharField())
    dimensions = serializers.ListField(child=serializers.CharField())
    better = serializers.CharField(help_text="Whether more is better: up, down or neither.")
    is_rate = serializers.BooleanField(help_text="Whether points carry numerator and denominator.")


class MetricListSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    results = MetricSerializer(many=True)


class MetricView(APIView):
    """Every metric, and what it means."""

    permission_classes = [IsViewer]

    @extend_schema(operation_id="metrics", summary="Every metric with its definition", responses=MetricListSerializer)
    def get(self, request: Request) -> Response:
        found = [
            {
                **{
                    name: getattr(metric, name) for name in ("key", "unit", "grains", "dimensions", "better", "is_rate")
                },
                **{name: _(getattr(metric, name)) for name in ("label", "question", "definition")},
            }
            for metric in METRICS.values()
        ]
        results = MetricSerializer(found, many=True).data
        return Response({"count": len(found), "next": None, "results": results})
