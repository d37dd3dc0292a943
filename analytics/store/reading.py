"""Reading: everything that was acknowledged, each event once, as Ibis tables of one moment."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from analytics.metrics.properties import with_property_columns
from analytics.metrics.tables import Tables
from analytics.store import engine, timelines
from analytics.store.contents import Contents, contents
from analytics.store.engine import Session
from analytics.store.touch_channels import touch_channels


@contextmanager
def snapshot(
    first_us: int | None = None,
    last_us: int | None = None,
    *,
    properties: Collection[str] = (),
    when_used: bool = False,
) -> Iterator[Tables]:
    """Yield the tables as they stand now; what is committed afterwards doesn't show in them.

    With a range (UTC microseconds, both ends included) segments that lie outside it are left
    unread: ``events`` then holds at least the events of the range. Of the ``properties`` that are
    going to be asked for, ``events`` has columns as far as files have. The database is asked before
    this yields and not again, so that a long analysis holds no transaction open.

    ``when_used``: the engine is opened and a table made only when it is asked for, which nobody may do
    while something else is being computed.
    """
    now = contents(first_us, last_us)
    with ExitStack() as open_until_the_end:
        session = cache(lambda: open_until_the_end.enter_context(engine.chosen().session()))
        everything = first_us is None and last_us is None
        tables = Tables(
            lambda name: session().named(name, _table(session(), now, name, properties)),
            partial(timelines.KEPT.current, now, session) if everything else lambda: None,
        )
        if not when_used:
            tables.look_up_all()
        yield tables


def _table(session: Session, now: Contents, name: str, properties: Collection[str]) -> ir.Table:
    match name:
        case "events":
            return _events(session, now, properties)
        case "identities":
            return session.lent(now.identities)
        case "touch_channels":
            touches = now.touches.known_in(session, now.paths["events"]).union(
                pc.unique(now.inbox["touch"]).to_pylist()
            )
            return session.lent(touch_channels(touches, now.rules))
        case _:
            return session.stored(name, now.paths[name])


def _events(session: Session, now: Contents, asked: Collection[str]) -> ir.Table:
    """Sealed or not. Files that have the same of the properties are read as one, and the others' JSON for the rest."""
    kept = sorted({name for names in now.properties.values() for name in names}.intersection(asked))
    alike = defaultdict(list)
    for path, names in now.properties.items():
        alike[tuple(name for name in kept if name in names)].append(path)
    parts = [session.stored("events", paths, names) for names, paths in alike.items()]
    return ibis.union(*(with_property_columns(rows, kept) for rows in (*parts, session.lent(now.inbox))))
