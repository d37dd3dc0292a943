"""Which channel each touch in the events belongs to: touches are found once per segment, rules apply when read."""

from collections.abc import Iterable

import pyarrow as pa

from analytics.people import channels
from analytics.people.channels import Rule
from analytics.store.engine import Session
from analytics.store.models import Segment

SCHEMA = pa.schema({"touch": pa.string(), "channel": pa.string(), "campaign": pa.string()})
MOST_SEGMENTS = 5_000  # looked through by one process; then it starts anew, without those long gone


class Touches:
    """The distinct touches of the segments that this process has met. A file never changes, so one look is enough.

    Touches of segments that were replaced meanwhile stay: a channel that nobody asks for does no harm.
    """

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._found: set[str] = set()

    def known_in(self, session: Session, paths: Iterable[str]) -> set[str]:
        if len(self._paths) > MOST_SEGMENTS:
            self._paths.clear()
            self._found.clear()
        if new := set(paths) - self._paths:
            touches = session.stored(Segment.Table.EVENTS, sorted(new)).select("touch").distinct()
            self._found.update(touches.to_pyarrow()["touch"].to_pylist())
            self._paths |= new
        return self._found


TOUCHES = Touches()


def touch_channels(touches: Iterable[str], rules: tuple[Rule, ...]) -> pa.Table:
    """``touch, channel, campaign`` of every touch."""
    rows = channels.resolve(sorted(touches), rules)
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], []], schema=SCHEMA)
