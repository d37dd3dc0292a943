from django.urls import path

from analytics.explore.api import TrendPeopleView, TrendView

urlpatterns = [
    path("api/analyses/trend/", TrendView.as_view(), name="analyse-trend"),
    path("api/analyses/trend/people/", TrendPeopleView.as_view(), name="analyse-trend-people"),
]
