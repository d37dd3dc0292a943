"""What is asked of paths."""

from dataclasses import dataclass

from analytics.explore.selecting import Question, Selector
from analytics.metrics.calendar import SECOND_US

SILENCE_US = 30 * 60 * SECOND_US
PATH = ("person", "path")  # what tells paths apart
LINK = ("step", "source", "target")  # ``step`` is the number of its source
SKIPPED = "..."

Choice = Selector | str
"""A selector, or the name that events go by in paths."""


@dataclass(frozen=True, kw_only=True)
class Paths(Question):
    """Paths of at most ``depth`` steps, from the first ``start`` on and to the first ``end``, where these are given."""

    start: Choice | None = None
    end: Choice | None = None
    exclude: tuple[Choice, ...] = ()
    depth: int = 5
    links_shown: int = 50


@dataclass(frozen=True)
class Point:
    """A link: from ``source``, which is step number ``step``, to ``target``."""

    step: int
    source: str
    target: str
