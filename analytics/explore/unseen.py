"""Which names no event has: a question that uses one finds nothing, and shall say why."""

from dataclasses import dataclass

import ibis.expr.types as ir

from analytics.explore.conditions import PERSON
from analytics.metrics.properties import property_of
from analytics.metrics.tables import Tables


@dataclass(frozen=True)
class Names:
    """Events, and properties or ``person.`` traits."""

    events: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()


def unseen(tables: Tables, names: Names) -> Names:
    """Those of the names that no event ever had."""
    told = tables.events.type == "identify"
    seen = {
        *_set_in(tables.events.filter(told), [name for name in names.properties if name.startswith(PERSON)]),
        *_set_in(tables.events.filter(~told), [name for name in names.properties if not name.startswith(PERSON)]),
    }
    events = _sent(tables.events, names.events)
    return Names(
        tuple(name for name in names.events if name not in events),
        tuple(name for name in names.properties if name not in seen),
    )


def _sent(events: ir.Table, names: tuple[str, ...]) -> set[str]:
    if not names:
        return set()
    return set(events.filter(events.event.isin(names)).select("event").distinct().to_pyarrow()["event"].to_pylist())


def _set_in(events: ir.Table, names: list[str]) -> set[str]:
    """Those of the properties that any of ``events`` has, in one pass."""
    if not names:
        return set()
    texts = [property_of(events, name.removeprefix(PERSON)).coalesce("") for name in names]
    counts = events.aggregate(**{f"n{place}": (text != "").cast("int64").sum() for place, text in enumerate(texts)})
    found = counts.to_pyarrow().to_pylist()[0].values()
    return {name for name, count in zip(names, found, strict=True) if count}
