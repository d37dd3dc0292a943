"""Pages that answer standing questions, and those below Data."""

from django.urls import path

from analytics.dashboards.data import views as data
from analytics.dashboards.sources import views as sources
from analytics.dashboards.standing import views as standing

urlpatterns = [
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
    path("data/live/", data.live_events, name="live"),
    path("data/events/", data.dictionary, name="dictionary"),
    path("data/events/findings/<int:pk>/dismiss/", data.dismiss_finding, name="dismiss_finding"),
    path("data/events/<path:name>/", data.event_definition, name="event_definition"),
]
