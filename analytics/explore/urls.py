from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints
from analytics.explore.segments.api import SegmentViewSet

router = SimpleRouter()
router.register("segments", SegmentViewSet, basename="api_segments")

urlpatterns = [
    path("api/", include(router.urls)),
    *(pattern for analysis in ANALYSES for pattern in endpoints(analysis)),
]
