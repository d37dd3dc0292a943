import json
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.collect import limits
from analytics.collect.refusals import RefusedEvent
from analytics.collect.trimming import Trimmer, needs_trimming

LONG = ["a\0b", "k" * 255, "k" * 256, "v" * 8_192, "v" * 8_193, "é" * 4_097, 'q"' * 200]
LARGE = [10**300, 10**308, 10**309, 10**400]
words = st.text(max_size=8) | st.sampled_from(LONG)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.sampled_from(LARGE) | words,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(words, inner, max_size=5),
    max_leaves=30,
)
nested = st.integers(1, 40).flatmap(
    lambda depth: values.map(lambda value: reduce(lambda inner, _: [inner], range(depth), value))
)


def depth_of(value: Any) -> int:
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth_of, inside), default=0)


def walk(value: Any):
    yield value
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from (key, *walk(item))
    for item in value if isinstance(value, list) else ():
        yield from walk(item)


@given(values | nested)
def test_what_is_left_alone_would_not_have_changed(value: Any) -> None:
    text = json.dumps({"properties": value}, ensure_ascii=False, separators=(",", ":")).encode()
    if not needs_trimming(text):
        trimmer = Trimmer()
        assert trimmer.trimmed(value) == value
        assert not trimmer.cut


@given(values | nested)
def test_what_comes_out_is_within_every_limit(value: Any) -> None:
    keys = [key for part in walk(value) if isinstance(part, dict) for key in part]
    numbers = [part for part in walk(value) if isinstance(part, int)]
    fine = (
        depth_of(value) < limits.DEPTH
        and len(keys) <= limits.KEYS
        and all(len(key) <= 255 for key in keys)
        and all(abs(number) < 10**309 for number in numbers)
    )
    trimmer = Trimmer()
    if not fine:
        with pytest.raises(RefusedEvent):
            trimmer.trimmed(value)
        return
    trimmed = trimmer.trimmed(value)
    strings = [part for part in walk(trimmed) if isinstance(part, str)]
    assert all("\0" not in part and len(part.encode()) <= limits.STRING_BYTES for part in strings)
    assert trimmer.cut == any(
        isinstance(part, str) and ("\0" in part or len(part.encode()) > limits.STRING_BYTES) for part in walk(value)
    )
    assert trimmer.trimmed(trimmed) == trimmed


def test_a_string_is_cut_between_characters() -> None:
    assert Trimmer().trimmed("x" + "€" * 3_000) == "x" + "€" * 2_730  # 1 + 3 × 2,730 = 8,191 bytes
