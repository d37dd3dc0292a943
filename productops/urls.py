"""The URL table reads as the list of what the portal offers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("productops.pages.urls")),
    path("", include("analytics.urls")),
]
