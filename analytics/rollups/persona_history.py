"""The round of the personas: calibrate what is to be calibrated, work out who may have changed, publish what did.

A persona follows from a person's own days, sessions and balances. So whoever has none of these on
a day that changed keeps theirs, but for what the passing of days does: a day leaves the trailing
28, or 30 days since a signup are over.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.metrics import facts
from analytics.metrics.calendar import date_of, day_number
from analytics.metrics.tables import Tables
from analytics.rollups import versions
from analytics.rollups.calibration import power_cut_off, whale_cut_off
from analytics.rollups.days import on_days, runs
from analytics.rollups.histories import History, differing_days
from analytics.rollups.keeping import keeper
from analytics.rollups.models import PersonaPolicy, Watermark
from analytics.rollups.personas import NOOB_DAYS, TRAILING_DAYS, CutOffs, persona_history
from analytics.rollups.queue import Queue
from analytics.store import parts
from analytics.store.reading import snapshot
from analytics.store.schema import PERSONA_HISTORY

SORTED_BY = [("person", "ascending"), ("from_day", "ascending")]


def refresh_personas(through: date, queue: Queue, *, also: Callable[[], None]) -> None:
    """Bring the personas up to the whole day ``through``, and up to date with the days in ``queue``.

    The days on which someone's persona changed join the queue, in the transaction that publishes.
    ``also`` runs in it.
    """
    calibrate(through)
    last, version = day_number(through), versions.personas(through)
    done = Watermark.objects.filter(step=Watermark.Step.PERSONAS, version=version).values_list("day", flat=True).first()
    days = None if done is None else days_that_tell(queue.days, day_number(done), last)
    if days is not None and not days:
        return
    with snapshot() as tables:
        kept, old, new = renewed(tables, days, cut_offs(), last)
    # The day after is under way, with the personas of the last whole day.
    moved = differing_days(*_histories(old, new), last=last + 1)

    def mark() -> None:
        also()
        queue.add(moved)
        Watermark.objects.update_or_create(step=Watermark.Step.PERSONAS, defaults={"day": through, "version": version})

    parts.publish("persona_history", _changed_months(kept, old, new), also=mark)


def renewed(
    tables: Tables, days: Collection[int] | None, cut_offs: Sequence[CutOffs], last: int
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The rows of the history that hold on, those that don't, and what comes in their place up to the day ``last``.

    Renewed is everyone with something on one of ``days``; None: everyone.
    """
    before = tables.persona_history.to_pyarrow()
    if days is None:
        return before.slice(0, 0), before.sort_by(SORTED_BY), persona_history(tables, cut_offs, last)
    people = _people_of(tables, days)
    outdated = _outdated(before, people, tables, last)
    new = persona_history(_of(people, tables), cut_offs, last)
    return before.filter(pc.invert(outdated)), before.filter(outdated).sort_by(SORTED_BY), new


def days_that_tell(changed: Collection[int], done: int, last: int) -> set[int]:
    """Whoever has something on one of these days may have another persona than after the day ``done``."""
    passed = range(done + 1, last + 1)
    left = {day - since for day in passed for since in (TRAILING_DAYS, NOOB_DAYS)}
    return {day for day in changed if day <= last} | set(passed) | left


def _people_of(tables: Tables, days: Collection[int]) -> ir.Table:
    """``person``: everyone who did something or was in a session on these days, or took over somebody's history."""
    stretches = runs(days)
    seen = [rows.filter(on_days(rows.day, stretches)).select("actor") for rows in (tables.user_day, tables.sessions)]
    people = facts.with_person(tables, ibis.union(*seen, distinct=True)).select("person")
    merged, history = tables.identities, tables.persona_history
    heirs = merged.semi_join(history, merged.actor == history.person).select("person")
    return keeper(tables)(people.union(heirs, distinct=True))


def _outdated(history: pa.Table, people: ir.Table, tables: Tables, last: int) -> pa.ChunkedArray:
    """Which rows are of these people, or of who is nobody by now: merged into another, or erased."""
    actors = tables.user_day.filter(tables.user_day.day <= last).select("actor").distinct()
    others = facts.with_person(tables, actors).anti_join(people, "person").select("person")
    return pc.invert(pc.is_in(history["person"], others.to_pyarrow()["person"]))


def _of(people: ir.Table, tables: Tables) -> Tables:
    """What a persona follows from, of these people alone."""
    keep = keeper(tables)
    merged = tables.identities.semi_join(people, "person").select("actor")
    actors = keep(people.select(actor="person").union(merged))
    subjects = actors.select(subject=actors.actor.cast("string"))
    days = tables.user_day.select("actor", "day", "active_events", "key_actions", "signup_us")
    return tables.but(
        user_day=keep(days.semi_join(actors, "actor")),
        sessions=keep(tables.sessions.select("actor", "day").semi_join(actors, "actor")),
        trait_history=keep(tables.trait_history.semi_join(subjects, "subject")),
    )


def cut_offs() -> list[CutOffs]:
    policies = PersonaPolicy.objects.order_by("from_day")
    return [CutOffs(day_number(each.from_day), each.power_key_actions, each.whale_balance) for each in policies]


def calibrate(through: date) -> None:
    """Find the cut-offs of policies that have none yet; the first policy is made when there are people.

    They are taken on the last day up to ``through`` on which anyone was active, so that a history
    that was imported and ended long ago has its power users too.
    """
    policies = list(PersonaPolicy.objects.all())
    uncut = [each for each in policies if each.power_key_actions is None or each.whale_balance is None]
    waiting = [each for each in uncut if each.from_day <= through]
    if policies and not waiting:
        return
    with snapshot() as tables:
        days = tables.user_day.filter(tables.user_day.active_events > 0, tables.user_day.day <= day_number(through))
        last = days.day.max().to_pyarrow().as_py()
        if last is None:
            return
        for policy in waiting or [PersonaPolicy(from_day=date_of(last))]:
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


def _changed_months(kept: pa.Table, old: pa.Table, new: pa.Table) -> dict[str, pa.Table]:
    """The parts in which ``old`` rows are replaced by others."""
    was, is_now = _by_month(old), _by_month(new)
    none = PERSONA_HISTORY.empty_table()
    changed = [month for month in was.keys() | is_now.keys() if was.get(month) != is_now.get(month)]
    others = _by_month(kept)
    return {
        month: pa.concat_tables([others.get(month, none), is_now.get(month, none)]).sort_by(SORTED_BY)
        for month in changed
    }


def _by_month(rows: pa.Table) -> dict[str, pa.Table]:
    month = rows["from_day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    return {str(each): rows.filter(pa.array(month == each)) for each in np.unique(month)}
