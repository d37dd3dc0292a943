"""The URL table reads as the list of what the portal offers."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("productops.pages.urls")),
    path("", include("analytics.urls")),
]
