"""How often an equal row came before: what tells repeated rows of a file apart."""

import numpy as np


class Occurrences:
    """Counts by 64-bit hash in sorted runs, merged as they grow: eight bytes a row, whatever is in it."""

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []

    def count(self, hashes: np.ndarray) -> np.ndarray:
        """For each hash, how often it was given before: in earlier calls, and earlier in this one."""
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        earlier = np.arange(len(ordered)) - np.searchsorted(ordered, ordered, side="left")
        for run in self._runs:
            earlier += np.searchsorted(run, ordered, side="right") - np.searchsorted(run, ordered, side="left")
        counted = np.empty(len(hashes), dtype=np.int64)
        counted[order] = earlier
        self._add(ordered)
        return counted

    def _add(self, run: np.ndarray) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
