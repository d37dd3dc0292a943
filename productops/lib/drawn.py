"""Parts of pages, kept as templates drew them for as long as they would draw the same."""

from hashlib import blake2b
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from productops.lib.roles import user_of

KEPT_SECONDS = 3600


class Drawn:
    """One drawing; ``shows`` is all that it depends on, as values whose ``repr`` tells them apart.

    Readers of each role and each language have their own: links lead only where one may go.
    """

    def __init__(self, request: HttpRequest, *shows: Any) -> None:
        view = (get_language(), user_of(request).role, *shows)
        self._key = "drawn:" + blake2b(repr(view).encode(), digest_size=16).hexdigest()

    def found(self) -> SafeString | None:
        kept: str | None = cache.get(self._key)
        return None if kept is None else mark_safe(kept)  # noqa: S308  (a template drew it)

    def keep(self, drawing: SafeString) -> SafeString:
        cache.set(self._key, str(drawing), KEPT_SECONDS)
        return drawing
