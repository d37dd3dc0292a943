"""Pages that answer standing questions, and those below Data."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analytics.dashboards.data import views as data
from analytics.dashboards.features import views as features
from analytics.dashboards.features.api import AreaViewSet, FeatureViewSet
from analytics.dashboards.sources import views as sources
from analytics.dashboards.standing import views as standing

router = SimpleRouter()
router.register("mapping/areas", AreaViewSet, basename="api_area")
router.register("mapping/features", FeatureViewSet, basename="api_feature")

urlpatterns = [
    path("api/", include(router.urls)),
    path("product/activity/", standing.activity_page, name="activity"),
    path("product/engagement/", standing.engagement_page, name="engagement"),
    path("product/acquisition/", standing.acquisition_page, name="acquisition"),
    path("metrics/", standing.metric_list, name="metrics"),
    path("metrics/<slug:key>/", standing.metric_page, name="metric"),
    path("data/sources/", sources.source_list, name="sources"),
    path("data/sources/<int:pk>/", sources.source_page, name="source"),
    path("data/sources/<int:pk>/keys/<str:kind>/rotate/", sources.key_rotate, name="key_rotate"),
    path("data/sources/<int:pk>/keys/<int:key>/revoke/", sources.key_revoke, name="key_revoke"),
    path("data/sources/<int:pk>/refused/", sources.letter_list, name="letters"),
    path("data/sources/<int:pk>/refused/<int:letter>/", sources.letter_page, name="letter"),
    path("data/sources/<int:pk>/refused/replay/", sources.letters_replay, name="letters_replay"),
    path("data/features/", features.feature_list, name="features"),
    path("data/features/new/", features.feature_new, name="feature_new"),
    path("data/features/preview/", features.feature_preview, name="feature_preview"),
    path("data/features/<int:pk>/", features.feature_page, name="feature"),
    path("data/features/<int:pk>/move/", features.feature_move, name="feature_move"),
    path("data/features/<int:pk>/delete/", features.feature_delete, name="feature_delete"),
    path("data/features/areas/", features.area_add, name="area_add"),
    path("data/features/areas/<int:pk>/", features.area_page, name="area"),
    path("data/features/areas/<int:pk>/move/", features.area_move, name="area_move"),
    path("data/features/areas/<int:pk>/delete/", features.area_delete, name="area_delete"),
    path("data/live/", data.live_events, name="live"),
    path("data/events/", data.dictionary, name="dictionary"),
    path("data/events/findings/<int:pk>/dismiss/", data.dismiss_finding, name="dismiss_finding"),
    path("data/events/<path:name>/", data.event_definition, name="event_definition"),
]
