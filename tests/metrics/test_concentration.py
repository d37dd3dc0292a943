"""The Lorenz curve against lists of what everyone did."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analytics.metrics.concentration import POINTS, spread

each_did = st.lists(st.integers(1, 50), min_size=1, max_size=130)
shares = st.fractions(0, 1, max_denominator=200)


def test_by_hand() -> None:
    """Of three, one does one thing, one two and one seven."""
    found = spread({1: 1, 2: 1, 7: 1})
    assert found.lorenz == [(0, 0), (Fraction(1, 3), Fraction(1, 10)), (Fraction(2, 3), Fraction(3, 10)), (1, 1)]
    assert found.highest(Fraction(1, 3)) == Fraction(7, 10)
    assert found.highest(Fraction(1, 10)) == Fraction(7, 10) * Fraction(3, 10)  # three tenths of the first person
    assert found.gini == Fraction(2, 5)  # differences 1, 6 and 5, each twice, over 2 × 9 pairs × a mean of 10/3
    assert spread({3: 1}).gini == 0


@given(each_did)
def test_gini_is_half_the_relative_mean_difference(did: list[int]) -> None:
    differences = sum(abs(one - other) for one in did for other in did)
    assert spread(Counter(did)).gini == Fraction(differences, 2 * len(did) * sum(did))


@given(each_did, shares)
def test_the_top_share_counts_a_part_of_a_person_in_proportion(did: list[int], share: Fraction) -> None:
    left, done = share * len(did), Fraction(0)
    for activity in sorted(did, reverse=True):
        done += min(left, 1) * activity
        left -= min(left, 1)
    assert spread(Counter(did)).highest(share) == done / sum(did)


@given(each_did)
def test_the_curve_rises_ever_steeper_from_nothing_to_all(did: list[int]) -> None:
    curve = spread(Counter(did)).lorenz
    assert len(curve) == min(len(did), POINTS) + 1
    assert (curve[0], curve[-1]) == ((0, 0), (1, 1))
    rises = [after[1] - before[1] for before, after in pairwise(curve)]
    assert rises == sorted(rises)
    assert rises[0] > 0
