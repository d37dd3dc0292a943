"""The URL table reads as the list of what the portal offers."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from productops.lib import openapi  # noqa: F401  (it tells the schema how one logs in)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("productops.pages.urls")),
    path("", include("analytics.urls")),
]

handler404 = "productops.lib.problems.page_not_found"
handler500 = "productops.lib.problems.server_error"
