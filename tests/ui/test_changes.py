import math
from statistics import NormalDist

import pytest

from productops.lib.changes import Change, count_noise, share_noise
from productops.lib.templatetags.figures import delta

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("change", "text", "spoken", "verdict"),
    [
        (Change(4812, 4523), "6.4%", "+6.4%", "good"),
        (Change(4523, 4812), "6.0% worse", "−6.0% worse", "bad"),
        (Change(0.382, 0.359, "percent"), f"2.3{NBSP}pp", f"+2.3{NBSP}pp", "good"),
        (Change(0.442, 0.461, "percent"), f"1.9{NBSP}pp worse", f"−1.9{NBSP}pp worse", "bad"),
        (Change(88, 100, "duration", "down"), "12.0%", "−12.0%", "good"),
        (Change(112, 100, "duration", "down"), "12.0% worse", "+12.0% worse", "bad"),
        (Change(110, 100, better=""), "10.0%", "+10.0%", "none"),
        (Change(100, 100), "No clear change", "No clear change", "none"),
        (Change(103, 100, noise=5), "No clear change", "No clear change", "none"),
        (Change(12, 0), "12", "+12", "good"),
        (Change(1500, 100), "1,400%", "+1,400%", "good"),
    ],
)
def test_what_a_change_reads_like(change: Change, text: str, spoken: str, verdict: str) -> None:
    assert (change.text, change.spoken, change.verdict) == (text, spoken, verdict)


def test_a_clear_change_has_arrow_and_class_and_an_unclear_one_neither() -> None:
    assert 'class="delta good"' in delta(Change(2, 1))
    assert "<svg" in delta(Change(2, 1))
    assert delta(Change(1, 1)) == '<span class="delta">No clear change</span>'
    assert delta(None) == ""


def test_noise_of_counts_is_that_of_a_poisson_difference() -> None:
    assert count_noise(60, 40) == pytest.approx(19.59964, rel=1e-6)
    share_within = 2 * NormalDist(sigma=math.sqrt(10_000)).cdf(count_noise(5000, 5000)) - 1
    assert share_within == pytest.approx(0.95, abs=1e-6)


def test_noise_of_shares() -> None:
    assert share_noise(0.5, 100, 0.5, 100) == pytest.approx(1.959964 * math.sqrt(0.005), rel=1e-6)
    assert share_noise(0.5, 0, 0.5, 100) == math.inf
