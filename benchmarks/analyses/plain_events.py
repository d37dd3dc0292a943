"""The same events for engines that are compared with: one plain table, of persons already, without bots."""

from pathlib import Path

from benchmarks.lib.bench import Bench
from benchmarks.lib.inside import answer, ask

COLUMNS = (
    *("source", "message_id", "type", "event", "at_us", "person", "device", "session_id"),
    *("platform", "page", "active", "by_user", "properties"),
)


def plain_events(bench: Bench) -> Path:
    """A Parquet file with ``COLUMNS`` of the big data set's events, made once."""
    file = bench.folder / f"plain-events-{bench.events}.parquet"
    portal = bench.big_with_rollups
    if not bench.is_made(file):
        ask(portal, "write_plain_events", str(file))
    return file


@answer
def write_plain_events(path: str) -> None:
    """``active``: no passive event and no mere description; ``by_user``: sent with a user id."""
    import ibis
    import pyarrow.parquet as pq
    from ibis import _

    from analytics.metrics.facts import BOT, PASSIVE, is_action, with_person
    from analytics.store.reading import snapshot

    unfinished = Path(path).with_suffix(".writing")
    with snapshot() as tables:
        rows = with_person(tables, tables.events)
        rows = rows.filter(rows.actor != 0, (rows.flags & BOT) == 0)
        rows = rows.mutate(active=is_action(rows) & ((rows.flags & PASSIVE) == 0), by_user=_.actor != _.anon)
        engine = ibis.get_backend(rows)
        batches = engine.con.sql(engine.compile(rows.select(*COLUMNS))).to_arrow_reader(100_000)
        with pq.ParquetWriter(unfinished, batches.schema) as writer:
            for batch in batches:
                writer.write(batch)
    unfinished.rename(path)
