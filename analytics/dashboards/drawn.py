"""Bodies of dashboards, kept as they were drawn for as long as no figure has changed.

Building and drawing eight cards takes ten times as long as the rest of a page, and between two
refreshes of the rollups everybody sees the same.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from analytics.rollups import versions
from analytics.rollups.standing import standing
from productops.lib.drawn import Drawn
from productops.lib.periods import Filters


def drawn(
    request: HttpRequest, filters: Filters, template: str, build: Callable[[], dict[str, Any]], besides: Any = None
) -> SafeString:
    """``template`` for the context that ``build`` gives; ``besides`` is what it shows beside figures.

    While merged people wait to be rolled up, or other definitions, it is always built.
    """
    state = standing(versions.current())
    if state.stamp is None:
        return render_to_string(template, {**build(), "old": not state.is_all_current}, request)
    kept = Drawn(request, state.stamp, besides, request.path, sorted(filters.params), filters.today, filters.zone)
    return kept.found() or kept.keep(render_to_string(template, build(), request))
