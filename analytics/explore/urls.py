"""The API of analyses, segments and what is saved, and the pages of Explore."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints
from analytics.explore.pages import people, saving, views
from analytics.explore.run_api import RunView
from analytics.explore.saved.api import AnnotationViewSet, SavedViewSet
from analytics.explore.segments.api import SegmentViewSet

router = SimpleRouter()
router.register("annotations", AnnotationViewSet, basename="api_annotations")
router.register("saved", SavedViewSet, basename="api_saved")
router.register("segments", SegmentViewSet, basename="api_segments")

urlpatterns = [
    path("api/", include(router.urls)),
    re_path(r"^api/analyses/runs/(?P<id>[A-Za-z0-9._-]{1,64})/$", RunView.as_view(), name="analysis-run"),
    *(pattern for analysis in ANALYSES for pattern in endpoints(analysis)),
    path("explore/", views.explore, name="explore"),
    path("explore/values/", views.example_values, name="explore_values"),
    path("explore/<int:pk>/", saving.explore_saved, name="explore_saved"),
    path("explore/<slug:kind>/", views.explore_kind, name="explore_kind"),
    path("explore/<slug:kind>/sql/", views.explore_sql, name="explore_sql"),
    path("explore/<slug:kind>/save/", saving.explore_save, name="explore_save"),
    path("explore/<slug:kind>/people/", people.explore_people, name="explore_people"),
]
