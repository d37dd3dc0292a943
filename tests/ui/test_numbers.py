"""Each expectation was written down by hand from the rules of writing, not taken from the code."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.lib import numbers

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (None, ""),
        (math.nan, "–"),
        (math.inf, "–"),
        (7, "7"),
        (41_275, "41,275"),
        (99_999, "99,999"),
        (100_000, "100.0K"),
        (412_612, "412.6K"),
        (999_949, "999.9K"),
        (999_950, "1.00M"),
        (1_240_000, "1.24M"),
        (12_350_000, "12.4M"),
        (999_600_000, "1.00B"),
        (2_500_000_000_000, "2.50T"),
        (-1234, "−1,234"),
        (5.617, "5.62"),
        (15.04, "15.0"),
        (0.1234, "0.123"),
        (0.00123, "0.00123"),
        (0.00000012, "0.000000120"),
        (9.999, "10.0"),
        (1234.5, "1,235"),
    ],
)
def test_compact(value: float | None, text: str) -> None:
    assert numbers.compact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1_240_000, "1,240,000"), (2.0, "2"), (2.345, "2.35"), (0.04567, "0.0457"), (-3.14159, "−3.14"), (None, "")],
)
def test_exact(value: float | None, text: str) -> None:
    assert numbers.exact(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.382, "38.2%"), (1, "100.0%"), (0, "0.0%"), (0.12345, "12.3%"), (-0.0125, "−1.3%"), (None, "")],
)
def test_percent(share: float | None, text: str) -> None:
    assert numbers.percent(share) == text


def test_points_are_of_shares() -> None:
    assert numbers.points(0.023) == f"2.3{NBSP}pp"
    assert numbers.points(-0.019) == f"−1.9{NBSP}pp"


@pytest.mark.parametrize(
    ("amount", "text", "short"),
    [
        (0.42, "$0.42", "$0.42"),
        (9.999, "$10.00", "$10.00"),
        (25, "$25", "$25"),
        (25.5, "$25.50", "$25.50"),
        (1234.5, "$1,234.50", "$1.2K"),
        (9_999.99, "$9,999.99", "$10.0K"),
        (10_700.4, "$10,700", "$10.7K"),
        (412_612, "$412,612", "$412.6K"),
        (-4_100, "−$4,100", "−$4.1K"),
        (0, "$0.00", "$0.00"),
    ],
)
def test_money(amount: float, text: str, short: str) -> None:
    assert numbers.money(amount) == text
    assert numbers.money_compact(amount) == short


def test_money_of_other_currencies() -> None:
    assert numbers.money(12_000, "EUR") == "€12,000"
    assert numbers.money(12_000, "CHF") == f"CHF{NBSP}12,000"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.34, "340 ms"),
        (1.42, "1.4 s"),
        (9.96, "10 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (240, "4 min"),
        (270, "4 min 30 s"),
        (599, "9 min 59 s"),
        (660, "11 min"),
        (3_570, "1 h"),
        (4_320, "1 h 12 min"),
        (7_200, "2 h"),
        (86_400, "1 d"),
        (181_440, "2.1 d"),
        (-45, "−45 s"),
        (None, ""),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds).replace(NBSP, " ") == text


def test_sign_is_always_written_but_for_nothing() -> None:
    assert [numbers.signed(text) for text in ("3", "−3", "0", "0.0%", "", "–")] == ["+3", "−3", "0", "0.0%", "", "–"]


def test_ranges() -> None:
    assert numbers.interval("7.4", "13.9") == "7.4 – 13.9"
    assert numbers.interval("−2", "+5") == "−2 to +5"
    assert numbers.margin("0.09") == f"±{NBSP}0.09"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_compact_is_short_and_close(value: float) -> None:
    text = numbers.compact(value)
    scale = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1], 1)
    read = float(text.rstrip("KMBT").replace(",", "").replace("−", "-")) * scale
    assert abs(read - value) <= 0.0051 * abs(value)
    assert "-" not in text


@given(st.floats(min_value=0.001, max_value=1e9))
def test_a_duration_has_at_most_two_units(seconds: float) -> None:
    parts = numbers.duration(seconds).split(" ")
    assert len(parts) <= 2
    assert all(part.split(NBSP)[1] in ("ms", "s", "min", "h", "d") for part in parts)
