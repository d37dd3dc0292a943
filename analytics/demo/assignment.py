"""Which variant an id gets: the public FNV-1a assignment, version 2, with 10,000 buckets and equal weights."""

from collections.abc import Sequence

import numpy as np


def fnv1a32(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def variants_of(key: str, ids: Sequence[str], count: int) -> np.ndarray:
    """The variant number of each id in an experiment of ``count`` variants."""
    buckets = [fnv1a32(str(fnv1a32(key + each))) % 10_000 for each in ids]
    return np.array(buckets, dtype=np.int64) * count // 10_000
