"""Pages and API of people."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analytics.dashboards.people import channel_views, views
from analytics.dashboards.people.api import PeopleViewSet

router = SimpleRouter()
router.register("people", PeopleViewSet, basename="api_people")

urlpatterns = [
    path("api/", include(router.urls)),
    path("people/", views.people_list, name="people"),
    path("people/<int:identity>/", views.person_page, name="person"),
    path("people/<int:identity>/merge/", views.person_merge, name="person_merge"),
    path("people/<int:identity>/links/<int:link>/undo/", views.link_undo, name="link_undo"),
    path("people/<int:identity>/export/", views.person_download, name="person_download"),
    path("people/<int:identity>/erase/", views.person_erase, name="person_erase"),
    path("people/<int:identity>/sessions/<str:session>/", views.session_page, name="session"),
    path("settings/channels/", channel_views.channel_rules, name="channel_rules"),
    path("settings/channels/start/", channel_views.rules_start, name="channel_rules_start"),
    path("settings/channels/<int:pk>/", channel_views.rule_edit, name="channel_rule"),
    path("settings/channels/<int:pk>/move/", channel_views.rule_move, name="channel_rule_move"),
    path("settings/channels/<int:pk>/delete/", channel_views.rule_delete, name="channel_rule_delete"),
]
