"""The nightly round of the personas: calibrate what is to be calibrated, publish what changed."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.metrics.calendar import date_of, day_number
from analytics.metrics.tables import Tables
from analytics.rollups.calibration import power_cut_off, whale_cut_off
from analytics.rollups.histories import History, differing_days
from analytics.rollups.models import PersonaPolicy
from analytics.rollups.personas import CutOffs, persona_history
from analytics.rollups.queue import mark_for_rollup
from analytics.store import parts
from analytics.store.reading import snapshot
from analytics.store.schema import PERSONA_HISTORY

SORTED_BY = [("person", "ascending"), ("from_day", "ascending")]


def refresh_personas(through: date, *, also: Callable[[], None]) -> set[int]:
    """Work out the personas up to the whole day ``through``; returns the days on which someone's changed.

    Those days are queued for the rollups in the transaction that publishes. ``also`` runs in it.
    """
    last = day_number(through)
    with snapshot() as tables:
        calibrate(tables, through)
        before = tables.persona_history.to_pyarrow().sort_by(SORTED_BY)
        after = persona_history(tables, cut_offs(), last)
    # The day after is under way, with the personas of the last whole day.
    moved = differing_days(*_histories(before, after), last=last + 1)

    def mark() -> None:
        also()
        mark_for_rollup(moved)

    old, new = _by_month(before), _by_month(after)
    none = PERSONA_HISTORY.empty_table()
    changed = {month: new.get(month, none) for month in old.keys() | new.keys() if old.get(month) != new.get(month)}
    parts.publish("persona_history", changed, also=mark)
    return moved


def cut_offs() -> list[CutOffs]:
    policies = PersonaPolicy.objects.order_by("from_day")
    return [CutOffs(day_number(each.from_day), each.power_key_actions, each.whale_balance) for each in policies]


def calibrate(tables: Tables, through: date) -> None:
    """Find the cut-offs of policies that have none yet; the first policy is made when there are people.

    They are taken on the last day up to ``through`` on which anyone was active, so that a history
    that was imported and ended long ago has its power users too.
    """
    days = tables.user_day.filter((tables.user_day.active_events > 0) & (tables.user_day.day <= day_number(through)))
    last = days.day.max().to_pyarrow().as_py()
    if last is None:
        return
    waiting = list(PersonaPolicy.objects.filter(from_day__lte=through))
    if not PersonaPolicy.objects.exists():
        waiting = [PersonaPolicy(from_day=date_of(last))]
    for policy in waiting:
        if policy.power_key_actions is None:
            policy.power_key_actions = power_cut_off(tables, last, policy.power_share)
        if policy.whale_balance is None:
            policy.whale_balance = whale_cut_off(tables, last, policy.whale_share)
        if policy.power_key_actions is not None or policy.whale_balance is not None:
            policy.save()


def _histories(before: pa.Table, after: pa.Table) -> tuple[History, History]:
    names = [
        pc.binary_join_element_wise(rows["ability"], rows["experience"], rows["wallet"], "-")
        for rows in (before, after)
    ]
    codes = pa.chunked_array([*names[0].chunks, *names[1].chunks], pa.string()).combine_chunks().dictionary_encode()
    values = codes.indices.to_numpy().astype(np.int64) + 1
    return _history(before, values[: before.num_rows]), _history(after, values[before.num_rows :])


def _history(rows: pa.Table, values: np.ndarray) -> History:
    return History(rows["person"].to_numpy(), rows["from_day"].to_numpy().astype(np.int64), values)


def _by_month(rows: pa.Table) -> dict[str, pa.Table]:
    month = rows["from_day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    return {str(each): rows.filter(pa.array(month == each)) for each in np.unique(month)}
