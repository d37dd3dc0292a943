"""Pages of the portal itself, and those that combine apps."""

from django.urls import include, path

from productops.pages import settings_pages, tokens
from productops.pages.audit import audit_log
from productops.pages.health import health_page
from productops.pages.overview import overview
from productops.pages.styleguide import slow_card, styleguide
from productops.pages.theme import switch_theme

urlpatterns = [
    path("", overview, name="overview"),
    path("", include("productops.pages.auth")),
    path("theme/", switch_theme, name="theme"),
    path("run/health/", health_page, name="health"),
    path("data/tokens/", tokens.token_list, name="tokens"),
    path("data/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("data/audit/", audit_log, name="audit"),
    path("settings/", settings_pages.settings_page, name="settings"),
    path("settings/north-star/", settings_pages.save_north_star, name="save_north_star"),
    path("settings/goals/<int:pk>/", settings_pages.save_goal, name="save_goal"),
    path("settings/users/", settings_pages.invite_user, name="invite_user"),
    path("settings/users/<int:pk>/", settings_pages.save_role, name="save_role"),
    path("styleguide/", styleguide, name="styleguide"),
    path("styleguide/slow/", slow_card, name="styleguide_slow_card"),
]
