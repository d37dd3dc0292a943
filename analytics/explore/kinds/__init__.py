"""The kinds of analysis: each a module with ``answer`` and ``people``, and no Django in it.

``answer(asking, question)`` returns a kind's own members of the answer. ``people(asking, question,
point)`` returns a table that has the column ``person`` for everyone behind the figure at ``point``,
from the very rows that are counted; None: nobody can be.
"""

from types import ModuleType

from analytics.explore.kinds import (
    adoption,
    concentration,
    funnel,
    lifecycle,
    paths,
    retention,
    sessions,
    stickiness,
    trend,
)

KINDS: dict[str, ModuleType] = {
    "trend": trend,
    "funnel": funnel,
    "retention": retention,
    "lifecycle": lifecycle,
    "stickiness": stickiness,
    "sessions": sessions,
    "concentration": concentration,
    "paths": paths,
    "adoption": adoption,
}
