"""A list of which only one page is ever fetched, in the form that Django's paginator takes."""

from collections.abc import Callable, Sequence
from typing import Any

from analytics.dashboards.people.timeline import Slice

Fetch = Callable[[int, int], Slice]  # offset, limit


class Window(Sequence[Any]):
    """``fetch`` is asked once for the wanted page, which also tells how long the list is."""

    def __init__(self, fetch: Fetch, page: str | None, size: int) -> None:
        number = int(page) if page and page.isascii() and page.isdigit() and len(page) < 7 else 1
        self._fetch = fetch
        self._offset = max(number - 1, 0) * size
        self._slice = fetch(self._offset, size)

    def __len__(self) -> int:
        return self._slice.count

    def __getitem__(self, part: Any) -> Any:
        if part.start == self._offset:
            return self._slice.items[: part.stop - part.start]
        return self._fetch(part.start, part.stop - part.start).items
