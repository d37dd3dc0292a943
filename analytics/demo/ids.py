"""Ids as SDKs make them: random UUIDs, drawn from a seed and without a loop in Python."""

import numpy as np
import pyarrow as pa

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_LENGTH = 36
_DIGITS = [place for place in range(_LENGTH) if place not in (8, 13, 18, 23)]


def uuids(random: np.random.Generator, count: int) -> pa.Array:
    """``count`` random UUIDs of version 4 as text: 122 bits of chance each, so that none is met twice."""
    digits = random.integers(0, 16, (count, 32), dtype=np.uint8)
    digits[:, 12] = 4
    digits[:, 16] = 8 | digits[:, 16] & 3
    text = np.full((count, _LENGTH), ord("-"), dtype=np.uint8)
    text[:, _DIGITS] = _HEX[digits]
    offsets = np.arange(0, (count + 1) * _LENGTH, _LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))
