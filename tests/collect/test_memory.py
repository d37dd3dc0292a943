"""What strangers send stays no longer than its request, however they vary it."""

import tracemalloc
from collections.abc import Callable

import pytest

from analytics.collect import addresses, clock, contexts
from analytics.collect.bots import is_bot
from analytics.people.ids import identity_id
from productops.lib.addresses import counted_as
from productops.lib.remembered import remembered

LONG = 20_000


@pytest.mark.parametrize(
    "read",
    [
        lambda text: contexts._touch_of(b'[{"page":{"title":"%s"}},{}]' % text.encode()),
        addresses.truncated,
        lambda text: addresses.truncated(f"fe80::1%{text}"),
        lambda text: counted_as(f"fe80::1%{text}"),
        clock.microseconds,
        is_bot,
    ],
    ids=["touch", "address", "address with a zone", "client", "time", "agent"],
)
def test_long_values_are_not_remembered(read: Callable[[str], object]) -> None:
    texts = [f"{number} ".ljust(LONG, "x") for number in range(100)]
    read("x")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for text in texts:
            read(f"{text} ")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10 * LONG


@pytest.mark.parametrize(
    ("read", "longest"),
    [
        (lambda text: identity_id("a", text), 255),
        (lambda text: identity_id("a", text), 64),
        (lambda text: is_bot(f"headless {text}"), 512),
    ],
    ids=["longest ids", "ids", "agents"],
)
def test_all_that_is_remembered_is_some_megabytes(read: Callable[[str], object], longest: int) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(70_000):
            read(f"{number} ".ljust(longest, "\N{GRINNING FACE}"))  # four bytes each
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 12_000_000


def test_short_values_are_worked_out_once_and_long_ones_each_time() -> None:
    worked: list[str] = []

    @remembered(most=2, longest=3)
    def double(text: str) -> str:
        worked.append(text)
        return text * 2

    assert [double(text) for text in ("abc", "abc", "abcd", "abcd")] == ["abcabc"] * 2 + ["abcdabcd"] * 2
    assert worked == ["abc", "abcd", "abcd"]
    for text in ("a", "b", "abc"):
        double(text)
    assert worked == ["abc", "abcd", "abcd", "a", "b", "abc"]
