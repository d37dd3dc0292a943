"""Which time zones there are."""

from functools import cache
from zoneinfo import available_timezones


@cache
def known_zones() -> frozenset[str]:
    """Their IANA names. Python looks through their folders each time it is asked, for several milliseconds."""
    return frozenset(available_timezones())
