"""The API of analyses and segments, and the pages of Explore."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints
from analytics.explore.pages import views
from analytics.explore.segments.api import SegmentViewSet

router = SimpleRouter()
router.register("segments", SegmentViewSet, basename="api_segments")

urlpatterns = [
    path("api/", include(router.urls)),
    *(pattern for analysis in ANALYSES for pattern in endpoints(analysis)),
    path("explore/", views.explore, name="explore"),
    path("explore/values/", views.example_values, name="explore_values"),
    path("explore/<slug:kind>/", views.explore_kind, name="explore_kind"),
    path("explore/<slug:kind>/people/", views.explore_people, name="explore_people"),
]
