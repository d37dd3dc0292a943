"""Reading: everything acknowledged, each event once, as Ibis tables of one moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Max

from analytics.collect.models import Event
from analytics.metrics.tables import Tables
from analytics.people import channels
from analytics.store import engine
from analytics.store.contents import contents, newest_edge, one_moment
from analytics.store.engine import Session
from analytics.store.models import Segment
from analytics.store.schema import TABLES

TOUCH_CHANNELS = pa.schema({"touch": pa.string(), "channel": pa.string(), "campaign": pa.string()})


@contextmanager
def snapshot(first_us: int | None = None, last_us: int | None = None) -> Iterator[Tables]:
    """Yield the tables as they stand now; what is committed afterwards doesn't show in them.

    With a range (UTC microseconds, both ends included) segments that lie outside it are left
    unread: ``events`` then holds at least the events of the range. The database is asked before
    this yields and not again, so that a long analysis holds no transaction open.
    """
    now = contents(first_us, last_us)
    with engine.chosen().session() as session:
        stored = {
            table: session.stored(table, [segment.path for segment in segments])
            for table, segments in now.segments.items()
        }
        touches = _touches(stored["touches"], stored["events"], now.inbox)
        stored["events"] = stored["events"].union(session.lent(now.inbox))
        yield Tables(
            **{table: session.named(table, rows) for table, rows in stored.items()},
            identities=session.named("identities", session.lent(now.identities)),
            touch_channels=_channels(session, touches),
        )


def data_version() -> str:
    """Return a text that changes whenever a snapshot would show other events, parts or identities."""
    with one_moment():
        segments = Segment.objects.published().order_by("pk").values_list("pk", flat=True)
        inbox = Event.objects.unsealed().aggregate(Count("pk"), Max("pk"))
        state = (list(segments), inbox["pk__count"], inbox["pk__max"], newest_edge())
    return blake2b(repr(state).encode(), digest_size=12).hexdigest()


def _touches(*tables: ir.Table | pa.Table) -> Sequence[str]:
    found: set[str] = set()
    for table in tables:
        rows = table["touch"] if isinstance(table, pa.Table) else table.select("touch").distinct().to_pyarrow()["touch"]
        found.update(pc.unique(rows).to_pylist())
    return sorted(found)


def _channels(session: Session, touches: Sequence[str]) -> ir.Table:
    rows = list(channels.resolve(touches)) if touches else []
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return session.named("touch_channels", session.lent(pa.table(columns, schema=TOUCH_CHANNELS)))


__all__ = ["TABLES", "data_version", "snapshot"]
