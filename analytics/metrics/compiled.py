"""Loops over arrays as machine code, where a pass over every event is to take as long as reading it."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function as Numba compiles it: when it is first called, and kept beside its module for later processes.

    Numba isn't loaded before that: it takes 60 MB and a quarter of a second, which web workers and
    commands have no use for. Other threads run meanwhile. The function takes arrays and numbers.
    """
    made: list[Callable[..., Result]] = []
    making = Lock()

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with making:
            if not made:
                made.append(_machine_code(function))
        return made[0](*args, **kwargs)

    return call


def _machine_code(function: Callable[..., Any]) -> Any:
    from numba import njit

    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder that it could be kept in is writable
        return njit(nogil=True)(function)
