"""The API of analyses and the pages of Explore."""

from django.urls import path

from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints
from analytics.explore.pages import views

urlpatterns = [
    *(pattern for analysis in ANALYSES for pattern in endpoints(analysis)),
    path("explore/", views.explore, name="explore"),
    path("explore/values/", views.example_values, name="explore_values"),
    path("explore/<slug:kind>/", views.explore_kind, name="explore_kind"),
    path("explore/<slug:kind>/people/", views.explore_people, name="explore_people"),
]
