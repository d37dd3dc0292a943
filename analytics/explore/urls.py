"""The API of analyses, segments and what is saved, and the pages of Explore."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints
from analytics.explore.pages import annotations, following, people, pinned, saving, views
from analytics.explore.pages.segments import views as segments
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
    path("explore/annotations/", annotations.annotations, name="annotations"),
    path("explore/annotations/new/", annotations.annotation_new, name="annotation_new"),
    path("explore/annotations/<int:pk>/", annotations.annotation, name="annotation"),
    path("explore/annotations/<int:pk>/delete/", annotations.annotation_delete, name="annotation_delete"),
    path("explore/segments/", segments.segments, name="segments"),
    path("explore/segments/new/", segments.segment_new, name="segment_new"),
    path("explore/segments/upload/", segments.segment_upload, name="segment_upload"),
    path("explore/segments/<int:pk>/", segments.segment, name="segment"),
    path("explore/segments/<int:pk>/people/", segments.segment_people, name="segment_people"),
    path("explore/segments/<int:pk>/delete/", segments.segment_delete, name="segment_delete"),
    path("explore/pinned/", pinned.pinned, name="pinned"),
    path("explore/<int:pk>/unpin/", pinned.unpin, name="unpin"),
    path("explore/<int:pk>/", saving.explore_saved, name="explore_saved"),
    path("explore/<slug:kind>/", views.explore_kind, name="explore_kind"),
    path("explore/runs/<slug:run>/cancel/", following.explore_cancel, name="explore_cancel"),
    path("explore/<slug:kind>/result/", following.explore_result, name="explore_result"),
    path("explore/<slug:kind>/sql/", views.explore_sql, name="explore_sql"),
    path("explore/<slug:kind>/save/", saving.explore_save, name="explore_save"),
    path("explore/<slug:kind>/people/", people.explore_people, name="explore_people"),
    path("explore/<slug:kind>/people/keep/", people.explore_people_keep, name="explore_people_keep"),
]
