"""Identities as 64-bit numbers that every process works out for itself, and ids that name nobody.

A collector needs an identity's number for each event. A number from a sequence costs a query
whenever an id is new and can't be given by an import that writes files; a hash costs a
microsecond. 63 bits of BLAKE2b make two of ten million ids meet with a chance of 5 in 10⁶.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Literal

IdKind = Literal["a", "u", "d"]  # anonymous id, user id, device id

LONGEST = 255  # characters
_LONGEST_REMEMBERED = 64  # of them: what SDKs make and most products give, and little enough for thousands

# What code sends when its variable was empty. Were they linked, all those people would be one.
_GENERIC_IN_ANY_CASE = frozenset(
    {
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false",
    }
)
_GENERIC_AS_WRITTEN = frozenset({"[object Object]", "NaN", "None", "none", "null", "0", ""})


def identity_id(kind: IdKind, value: str) -> int:
    """The number of an id: positive, below 2⁶³, the same in every process and installation."""
    return _remembered(kind, value) if len(value) <= _LONGEST_REMEMBERED else _number_of(kind, value)


def _number_of(kind: IdKind, value: str) -> int:
    digest = blake2b(f"{kind}\0{value}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) or 1


_remembered = lru_cache(maxsize=16_384)(_number_of)


def ids_of_value(value: str) -> list[int]:
    """The numbers of the anonymous id and of the user id of this text."""
    return [identity_id("a", value), identity_id("u", value)]


def is_generic(value: str) -> bool:
    """Whether an id names nobody: blank, a placeholder of some program, or too long to be an id."""
    if len(value) > LONGEST:
        return True
    bare = value.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare = bare[1:-1].strip()
    return bare in _GENERIC_AS_WRITTEN or bare.lower() in _GENERIC_IN_ANY_CASE
