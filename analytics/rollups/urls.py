from django.urls import path

from analytics.rollups.api import MetricView, RollupView

urlpatterns = [
    path("api/rollups/", RollupView.as_view(), name="rollups"),
    path("api/metrics/", MetricView.as_view(), name="metrics"),
]
