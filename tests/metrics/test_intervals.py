"""Intervals against the tables of Newcombe's two papers of 1998 (Statistics in Medicine 17, 857–872 and 873–890)."""

import pytest

from analytics.metrics.intervals import Share, differences, newcombe, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(Share(part, whole)) == pytest.approx((low, high), abs=5e-5)
    assert wilson(Share(whole - part, whole)) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    assert newcombe(Share(*one), Share(*other)) == pytest.approx((low, high), abs=5e-5)
    assert newcombe(Share(*other), Share(*one)) == pytest.approx((-high, -low), abs=5e-5)


def test_of_nobody_nothing_is_said() -> None:
    assert Share(0, 0).value is None
    assert wilson(Share(0, 0)) is None
    curves = [Share(56, 70), Share(0, 0)], [Share(48, 80), Share(1, 2), Share(1, 3)]
    assert differences(*curves) == [pytest.approx((0.0524, 0.3339), abs=5e-5), None]
