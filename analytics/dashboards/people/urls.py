"""Pages and API of people."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analytics.dashboards.people.api import PeopleViewSet

router = SimpleRouter()
router.register("people", PeopleViewSet, basename="api_people")

urlpatterns = [
    path("api/", include(router.urls)),
]
