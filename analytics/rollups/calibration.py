"""Cut-offs of the personas, found once in what people did and then fixed."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.metrics.tables import Tables
from analytics.rollups.personas import TRAILING_DAYS, balances, last_of, person_days

FEWEST_PEOPLE = 20  # of fewer, the top 5 % is nobody


def power_cut_off(tables: Tables, day: int, share: float) -> int | None:
    """The fewest key actions in 28 days that at most ``share`` of people reach.

    People are those who were active in the 28 days that end on ``day``, whether they made a
    key action or not. None: they are too few to tell.
    """
    days = person_days(tables)
    trailing = days.filter(days.day.between(day - TRAILING_DAYS + 1, day))
    people = trailing.group_by("person").agg(active=trailing.active.max(), actions=trailing.key_actions.sum())
    actions = _values(people.filter(people.active == 1).select("actions").to_pyarrow(), "actions")
    beyond = _first_beyond(actions, share)
    return None if beyond is None else int(beyond) + 1


def whale_cut_off(tables: Tables, day: int, share: float) -> float | None:
    """The lowest latest balance that at most ``share`` of people have reached.

    People are those whose balance was ever reported up to ``day``. None: they are too few to tell.
    """
    told = balances(tables)
    latest = _values(last_of(told.filter(told.day <= day), "person").to_pyarrow(), "balance")
    beyond = _first_beyond(latest, share)
    higher = latest[latest > beyond] if beyond is not None else latest[:0]
    return float(higher.min()) if len(higher) else None


def _first_beyond(values: npt.NDArray, share: float) -> float | None:
    """The largest value that isn't among the top ``share``."""
    if len(values) < FEWEST_PEOPLE:
        return None
    return float(np.sort(values)[::-1][int(len(values) * share)])


def _values(rows: pa.Table, name: str) -> npt.NDArray:
    return rows[name].to_numpy()
