"""Personas: how able, how experienced and how wealthy each person was, from which day to which.

Everything follows from a person's own days, sessions and balances, and from cut-offs that are
fixed. So a person's history is worked out as a whole, and says the same however often it is.

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

DAY_BITS = 32

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
    days = person_days(tables)
    rows = _columns(days.filter(days.day <= through).order_by("person", "day"))
    if not len(rows["person"]):
        return PERSONA_HISTORY.empty_table()
    begins = _begins(rows["person"])
    persons, created = rows["person"][begins], rows["day"][begins]
    seen = _moments(np.cumsum(begins) - 1, rows["day"])
    left = seen + TRAILING_DAYS
    settled = _settled(tables, persons, rows, np.flatnonzero(begins))
    told_at, told = _told(tables, persons)
    everyone = np.arange(len(persons))
    later = [_moments(everyone[created < each.from_day], each.from_day) for each in cut_offs[1:]]
    # Each of these is in order, and merging is faster than np.unique, which hashes.
    steps = np.sort(np.concatenate([seen, left, _moments(everyone, settled), told_at[1:], *later]), kind="stable")
    steps = steps[_begins(steps)]
    who, day = steps >> DAY_BITS, steps & (2**DAY_BITS - 1)
    steps, who, day = (each[day <= through] for each in (steps, who, day))

    active_days, key_actions = (
        _until(steps, seen, rows[name]) - _until(steps, left, rows[name]) for name in ("active", "key_actions")
    )
    power_from, whale_from = _cut_offs_on(day, cut_offs)
    power = (key_actions >= power_from) & (active_days >= POWER_ACTIVE_DAYS)
    experience = np.where(day < settled[who], 0, np.where(active_days > 0, 1, 2))
    newest = np.searchsorted(told_at, steps, side="right") - 1
    whale = np.where(told_at[newest] >> DAY_BITS == who, told[newest], -np.inf) >= whale_from
    return _intervals(persons[who], day, _begins(who), power.astype(np.int64), experience, whale.astype(np.int64))


def _moments(place: Ints, day: Ints | int) -> Ints:
    """A day of the person in this place as one number, in the order of persons and days."""
    return place << DAY_BITS | day


def _until(steps: Ints, moments: Ints, values: Ints) -> Ints:
    """The sum of the values up to each step. Of those that came, less those that left, nobody else's remain."""
    sums = np.concatenate([[0], np.cumsum(values)])
    return sums[np.searchsorted(moments, steps, side="right")]


def _settled(tables: Tables, persons: Ints, rows: dict[str, Ints], firsts: Ints) -> Ints:
    """The day from which on each is no noob."""
    signups = np.minimum.reduceat(np.where(rows["signed_up"] > 0, rows["day"], STILL), firsts)
    signups = np.where(signups == STILL, rows["day"][firsts], signups)
    sessions = _of_persons(tables.sessions, tables.identities, tables.sessions.actor).select("person", "day")
    number = ibis.row_number().over(group_by=sessions.person, order_by=sessions.day)
    nth = sessions.mutate(number=number).filter(lambda t: t.number == NOOB_SESSIONS - 1)
    found = _columns(nth.select("person", "day"))
    place, known = _places(found["person"], persons)
    enough = np.full(len(persons), STILL)
    enough[place[known]] = found["day"][known]
    return np.maximum(signups + NOOB_DAYS, enough)


def _told(tables: Tables, persons: Ints) -> tuple[Ints, Floats]:
    """When balances were told, in order, and which; first one that is nobody's."""
    told = last_of(balances(tables), "person", "day").order_by("person", "day").to_pyarrow()
    place, known = _places(told["person"].to_numpy(), persons)
    at = _moments(place[known], told["day"].to_numpy().astype(np.int64)[known])
    return np.concatenate([[-1], at]), np.concatenate([[-np.inf], told["balance"].to_numpy()[known]])


def _places(wanted: Ints, persons: Ints) -> tuple[Ints, Flags]:
    """Where in ``persons``, which are in order, each stands that is wanted, and whether it does."""
    place = np.minimum(np.searchsorted(persons, wanted), len(persons) - 1)
    return place, persons[place] == wanted


def _columns(rows: ir.Table) -> dict[str, Ints]:
    table = rows.to_pyarrow()
    return {name: table[name].to_numpy().astype(np.int64) for name in table.column_names}


def person_days(tables: Tables) -> ir.Table:
    """``person, day, active`` (1 or 0), ``key_actions, signed_up`` (1 or 0)."""
    rows = _of_persons(tables.user_day, tables.identities, tables.user_day.actor)
    return rows.group_by("person", "day").agg(
        active=ibis.ifelse(rows.active_events > 0, 1, 0).cast("int64").max(),
        key_actions=rows.key_actions.sum(),
        signed_up=ibis.ifelse(rows.signup_us > 0, 1, 0).cast("int64").max(),
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


def _begins(values: Ints) -> Flags:
    """Where another value begins, of such as are in order."""
    return np.concatenate([[True], values[1:] != values[:-1]])


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
