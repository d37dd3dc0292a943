"""Every address of the portal, as its URL table has it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    view: Callable[..., Any]

    @property
    def filled(self) -> str:
        """A path of this route, with something that need not exist for every parameter."""
        return "/" + re.sub(r"<(?:\w+:)?\w+>", "1", self.route)

    @property
    def api_class(self) -> Any:
        """The class behind a view of the REST framework, else None."""
        return getattr(self.view, "cls", None)


def addresses() -> list[Address]:
    """All but the Django admin's, which looks after itself."""
    return [address for address in _walk(get_resolver().url_patterns, "") if not address.route.startswith("admin/")]


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Address]:
    for pattern in patterns:
        text = str(pattern.pattern)
        route = before + (simplify_regex(text).lstrip("/") if isinstance(pattern.pattern, RegexPattern) else text)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield Address(pattern.name or "", route, pattern.callback)
