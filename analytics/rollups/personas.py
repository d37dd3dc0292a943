"""Personas: how able, how experienced and how wealthy each person was, from which day to which.

Everything follows from a person's own days, sessions and balances, and from cut-offs that are
fixed. So the history is worked out as a whole, and says the same however often it is.

A persona is that of the end of a day: it can only change on a *step*, a day on which something
enters or leaves the trailing 28 days, a session begins, 30 days since signup are over, a balance
is reported or another policy begins. Between two steps it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.metrics.tables import Tables
from analytics.store.schema import PERSONA_HISTORY

TRAILING_DAYS = 28
POWER_ACTIVE_DAYS = 4
NOOB_DAYS = 30
NOOB_SESSIONS = 10
STILL = 2**31 - 1  # to_day, otherwise the last day of a persona, of one that holds on

ABILITIES = ("casual", "power")
EXPERIENCES = ("noob", "veteran", "lapsed")
WALLETS = ("honey_badger", "whale")

_NOT_TOLD = -1e308

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CutOffs:
    """From ``from_day`` on, and the first ones of a list on all days before as well. None: nobody is above."""

    from_day: int
    power_key_actions: int | None
    whale_balance: float | None


def persona_history(tables: Tables, cut_offs: Sequence[CutOffs], through: int) -> pa.Table:
    """Rows of ``store.schema.PERSONA_HISTORY``, by person and day, for the days up to ``through``.

    ``cut_offs`` are in order of their days; none: everyone is casual and a honey badger.
    """
    steps = _steps(tables, cut_offs, through).order_by("person", "day").to_pyarrow()
    if not steps.num_rows:
        return PERSONA_HISTORY.empty_table()
    persons, day = _ints(steps, "person"), _ints(steps, "day")
    begins = _begins(persons)
    power_from, whale_from = _cut_offs_on(day, cut_offs)
    active_days = _running(_ints(steps, "active"), begins)
    power = (_running(_ints(steps, "key_actions"), begins) >= power_from) & (active_days >= POWER_ACTIVE_DAYS)
    noob = _running(_ints(steps, "settled"), begins) == 0
    experience = np.where(noob, 0, np.where(active_days > 0, 1, 2))
    whale = _latest(steps["balance"].to_numpy(), begins) >= whale_from
    # A day has several steps; what holds at its end is what the last of them leads to.
    last = np.append(begins[1:] | (day[1:] != day[:-1]), True)
    ability, wallet = power[last].astype(np.int64), whale[last].astype(np.int64)
    persons, day = persons[last], day[last]
    return _intervals(persons, day, _begins(persons), ability, experience[last], wallet)


def _steps(tables: Tables, cut_offs: Sequence[CutOffs], through: int) -> ir.Table:
    """Rows for each person and day on which the persona may change, with what comes and goes on that day."""
    days = person_days(tables).filter(lambda t: t.day <= through)
    told = last_of(balances(tables), "person", "day")
    since = _since(days, tables)
    changes = [
        _step(days, days.day, active=days.active, key_actions=days.key_actions),
        _step(days, days.day + TRAILING_DAYS, active=-days.active, key_actions=-days.key_actions),
        _step(since, since.settled, settled=ibis.literal(1)),
        _step(told, told.day, balance=told.balance),
        *(_step(since.filter(since.created < later.from_day), ibis.literal(later.from_day)) for later in cut_offs[1:]),
    ]
    union = ibis.union(*changes)
    return union.filter(union.day <= through)


def _since(days: ir.Table, tables: Tables) -> ir.Table:
    """``person, created, settled``: the first day of each, and the one from which on it is no noob."""
    sessions = _of_persons(tables.sessions, tables.identities, tables.sessions.actor).select("person", "day")
    place = ibis.row_number().over(group_by=sessions.person, order_by=sessions.day)
    tenth = sessions.mutate(place=place).filter(lambda t: t.place == NOOB_SESSIONS - 1)
    signed_up = ibis.ifelse(days.signed_up > 0, days.day, STILL)
    who = days.group_by("person").agg(created=days.day.min(), signup=signed_up.min())
    signup = ibis.ifelse(who.signup == STILL, who.created, who.signup).cast("int64")
    return who.left_join(tenth, "person").select(
        who.person, who.created, settled=ibis.greatest(signup + NOOB_DAYS, tenth.day.fill_null(STILL).cast("int64"))
    )


def _step(rows: ir.Table, day: ir.IntegerValue, **changes: ir.NumericValue) -> ir.Table:
    nothing = {"active": 0, "key_actions": 0, "settled": 0, "balance": _NOT_TOLD}
    values = {name: changes.get(name, ibis.literal(value)) for name, value in nothing.items()}
    return rows.select(
        person=rows.person,
        day=day.cast("int64"),
        **{name: value.cast("float64" if name == "balance" else "int64") for name, value in values.items()},
    )


def person_days(tables: Tables) -> ir.Table:
    """``person, day, active`` (1 or 0), ``key_actions, signed_up`` (1 or 0)."""
    rows = _of_persons(tables.user_day, tables.identities, tables.user_day.actor)
    return rows.group_by("person", "day").agg(
        active=(rows.active_events > 0).cast("int64").max(),
        key_actions=rows.key_actions.sum(),
        signed_up=(rows.signup_us > 0).cast("int64").max(),
    )


def balances(tables: Tables) -> ir.Table:
    """``person, day, at_us, balance``: every balance reported."""
    told = tables.trait_history.filter(
        (tables.trait_history.subject_kind == "actor") & (tables.trait_history.field == "wallet_balance")
    )
    told = told.mutate(actor=told.subject.cast("int64"), balance=told.value.cast("float64"))
    return _of_persons(told, tables.identities, told.actor).select("person", "day", "at_us", "balance")


def last_of(told: ir.Table, *group: str) -> ir.Table:
    """Of each group the balance reported last; of two in the same microsecond the higher."""
    place = ibis.row_number().over(group_by=group, order_by=[told.at_us.desc(), told.balance.desc()])
    return told.mutate(place=place).filter(lambda t: t.place == 0).select(*group, "balance")


def _of_persons(rows: ir.Table, identities: ir.Table, actor: ir.IntegerValue) -> ir.Table:
    joined = rows.left_join(identities, actor == identities.actor)
    return joined.select(
        person=ibis.coalesce(identities.person, rows.actor), **{name: rows[name] for name in rows.columns}
    )


def _cut_offs_on(day: Ints, cut_offs: Sequence[CutOffs]) -> tuple[Floats, Floats]:
    """The key actions and the balance from which on one is above, for each day."""
    if not cut_offs:
        return (np.full(len(day), np.inf),) * 2
    row = np.searchsorted([each.from_day for each in cut_offs], day, side="right") - 1
    row = np.maximum(row, 0)
    power = [np.inf if each.power_key_actions is None else each.power_key_actions for each in cut_offs]
    whale = [np.inf if each.whale_balance is None else each.whale_balance for each in cut_offs]
    return np.array(power, float)[row], np.array(whale, float)[row]


def _begins(persons: Ints) -> Flags:
    """Where the rows of another person begin."""
    return np.concatenate([[True], persons[1:] != persons[:-1]])


def _running(changes: Ints, begins: Flags) -> Ints:
    """Running sums that start anew with each person."""
    total = np.cumsum(changes)
    starts = np.flatnonzero(begins)
    before = total[starts] - changes[starts]
    return total - np.repeat(before, np.diff(np.append(starts, len(changes))))


def _latest(values: Floats, begins: Flags) -> Floats:
    """The newest value that was told to a person up to each step; -inf: none."""
    place = np.arange(len(values))
    newest = np.maximum.accumulate(np.where((values != _NOT_TOLD) | begins, place, 0))
    return np.where(values[newest] == _NOT_TOLD, -np.inf, values[newest])


def _intervals(persons: Ints, day: Ints, begins: Flags, ability: Ints, experience: Ints, wallet: Ints) -> pa.Table:
    differs = [np.diff(each, prepend=-1) != 0 for each in (ability, experience, wallet)]
    kept = np.flatnonzero(begins | np.logical_or.reduce(differs))
    person, since = persons[kept], day[kept]
    same_person_next = np.append(person[1:] == person[:-1], False)
    return pa.table(
        {
            "person": person,
            "from_day": since.astype(np.int32),
            "to_day": np.where(same_person_next, np.append(since[1:] - 1, STILL), STILL).astype(np.int32),
            "ability": pa.array(ABILITIES).take(pa.array(ability[kept])),
            "experience": pa.array(EXPERIENCES).take(pa.array(experience[kept])),
            "wallet": pa.array(WALLETS).take(pa.array(wallet[kept])),
        },
        schema=PERSONA_HISTORY,
    )


def _ints(steps: pa.Table, name: str) -> Ints:
    return steps[name].to_numpy()
