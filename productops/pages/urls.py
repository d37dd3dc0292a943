"""Pages of the portal itself, and those that combine apps."""

from django.urls import include, path

from productops.pages.styleguide import styleguide
from productops.pages.theme import switch_theme

urlpatterns = [
    path("", include("productops.pages.auth")),
    path("theme/", switch_theme, name="theme"),
    path("styleguide/", styleguide, name="styleguide"),
]
