"""Bodies of dashboards, kept as they were drawn for as long as no figure has changed.

Building and drawing eight cards takes ten times as long as the rest of a page, and between two
refreshes of the rollups everybody sees the same.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from analytics.rollups import versions
from analytics.rollups.standing import standing
from productops.lib.periods import Filters
from productops.lib.roles import user_of

KEPT_SECONDS = 3600


def drawn(
    request: HttpRequest, filters: Filters, template: str, build: Callable[[], dict[str, Any]], besides: Any = None
) -> SafeString:
    """``template`` for the context that ``build`` gives; ``besides`` is what it shows beside figures.

    Readers of each role have their own, as links lead only where they may go. While merged people
    wait to be rolled up, or other definitions, it is always built.
    """
    state = standing(versions.current())
    if state.stamp is None:
        return render_to_string(template, {**build(), "old": not state.is_all_current}, request)
    asked = (request.path, sorted(filters.params), filters.today, filters.zone, user_of(request).role)
    view = (state.stamp, repr(besides), get_language(), *asked)
    key = "drawn:" + blake2b(repr(view).encode(), digest_size=16).hexdigest()
    kept = cache.get(key)
    if kept is None:
        kept = str(render_to_string(template, build(), request))
        cache.set(key, kept, KEPT_SECONDS)
    return mark_safe(kept)  # noqa: S308  (a template drew it)
