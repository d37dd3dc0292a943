"""Compiled loops: the same as the function says, with or without a place to keep machine code."""

import subprocess
import sys

import numpy as np

from analytics.metrics.compiled import compiled


def test_what_has_no_file_beside_which_it_could_be_kept_is_compiled_all_the_same() -> None:
    made: dict = {}
    exec("def total(numbers):\n    found = 0\n    for each in numbers:\n        found += each\n    return found", made)
    assert compiled(made["total"])(np.arange(10)) == 45


def test_numba_is_loaded_when_something_is_called() -> None:
    program = (
        "import sys, numpy\n"
        "from analytics.explore import passes\n"
        "assert 'numba' not in sys.modules\n"
        "passes.rolling(numpy.zeros(1, numpy.int32), numpy.zeros(1, numpy.int64), 1, 7)\n"
        "assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
