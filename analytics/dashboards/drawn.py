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

from analytics.rollups.build import WATERMARK
from analytics.rollups.models import Watermark
from analytics.stale import StaleDays
from productops.lib.periods import Filters

KEPT_SECONDS = 3600


def drawn(
    request: HttpRequest, filters: Filters, template: str, build: Callable[[], dict[str, Any]], besides: Any = None
) -> SafeString:
    """``template`` for the context that ``build`` gives; ``besides`` is what it shows beside figures.

    While merged people wait to be rolled up it is always built.
    """
    stamp = figures_stamp()
    if stamp is None:
        return render_to_string(template, build(), request)
    view = (stamp, repr(besides), get_language(), filters.today, request.path, sorted(filters.params), filters.zone)
    key = "drawn:" + blake2b(repr(view).encode(), digest_size=16).hexdigest()
    kept = cache.get(key)
    if kept is None:
        kept = str(render_to_string(template, build(), request))
        cache.set(key, kept, KEPT_SECONDS)
    return mark_safe(kept)  # noqa: S308  (a template drew it)


def figures_stamp() -> str | None:
    """Changes whenever figures do; None while some are answered from elsewhere than the rollups. Two queries."""
    if StaleDays.objects.filter(kind=StaleDays.Kind.IDENTITY).exists():
        return None
    written = Watermark.objects.filter(step=WATERMARK).values_list("at", flat=True).first()
    return str(written) if written else None
