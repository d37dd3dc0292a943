"""The days on which two histories differ, against looking at every day of everyone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.rollups.histories import History, differing_days

rows = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(1, 3)), max_size=12).map(
    lambda found: sorted(found, key=lambda row: row[:2])
)


def history(found: list[tuple[int, int, int]]) -> History:
    columns = np.array(found, np.int64).reshape(-1, 3)
    return History(columns[:, 0], columns[:, 1], columns[:, 2])


def value_on(found: list[tuple[int, int, int]], subject: int, day: int) -> int:
    return next((value for whose, since, value in reversed(found) if whose == subject and since <= day), 0)


@given(before=rows, after=rows, last=st.integers(0, 25))
def test_exactly_the_days_on_which_someone_differs(before, after, last) -> None:
    expected = {
        day
        for day in range(last + 1)
        if any(value_on(before, subject, day) != value_on(after, subject, day) for subject in (1, 2, 3))
    }
    assert differing_days(history(before), history(after), last) == expected
