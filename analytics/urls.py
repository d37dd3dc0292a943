"""Pages and API of analytics."""

from django.urls import include, path

urlpatterns = [
    path("", include("analytics.rollups.urls")),
    path("", include("analytics.explore.urls")),
    path("", include("analytics.dashboards.urls")),
    path("", include("analytics.dashboards.people.urls")),
]
