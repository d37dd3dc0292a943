"""Remembering what short texts come to. A number of entries bounds memory only where each is small."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Text = TypeVar("Text", str, bytes)
Result = TypeVar("Result")


def remembered(*, most: int, longest: int) -> Callable[[Callable[[Text], Result]], Callable[[Text], Result]]:
    """Keep the results for the ``most`` texts used last, of those that aren't longer than ``longest``."""

    def decorate(work: Callable[[Text], Result]) -> Callable[[Text], Result]:
        kept = lru_cache(maxsize=most)(work)

        @wraps(work)
        def result(text: Text) -> Result:
            return kept(text) if len(text) <= longest else work(text)

        return result

    return decorate
