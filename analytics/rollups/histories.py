"""Comparing two histories: on which days do they say different things about anyone?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """From ``day`` on ``value`` holds for ``subject``, until its next row; before its first row 0 holds.

    Of two rows of a subject and a day the later one holds.
    """

    subject: Ints
    day: Ints
    value: Ints


def differing_days(before: History, after: History, last: int) -> set[int]:
    """The days up to ``last`` on which some subject's value differs between the two."""
    subject = np.concatenate([before.subject, after.subject])
    if not len(subject):
        return set()
    day = np.concatenate([before.day, after.day])
    value = np.concatenate([before.value, after.value])
    is_after = np.repeat([False, True], [len(before.subject), len(after.subject)])
    order = np.lexsort((day, subject))  # stable: rows of one side and day keep their order
    subject, day, value, is_after = subject[order], day[order], value[order], is_after[order]
    begins = np.concatenate([[True], subject[1:] != subject[:-1]])
    differs = _holding(value, ~is_after, begins) != _holding(value, is_after, begins)
    ends = np.append(begins[1:], True)
    until = np.minimum(np.where(ends, last + 1, np.append(day[1:], 0)), last + 1)
    return _covered(day[differs & (day < until)], until[differs & (day < until)])


def _holding(value: Ints, told: npt.NDArray[np.bool_], begins: npt.NDArray[np.bool_]) -> Ints:
    """What one side says after each row: its newest value of the subject, 0 if there is none yet."""
    newest = np.maximum.accumulate(np.where(told | begins, np.arange(len(value)), 0))
    return np.where(told[newest], value[newest], 0)


def _covered(first: Ints, until: Ints) -> set[int]:
    """The days that lie in at least one of the stretches."""
    if not len(first):
        return set()
    begin = int(first.min())
    steps = np.zeros(int(until.max()) - begin + 1, np.int64)
    np.add.at(steps, first - begin, 1)
    np.add.at(steps, until - begin, -1)
    return set((np.flatnonzero(np.cumsum(steps)) + begin).tolist())
