"""As much of an address as is kept."""

from functools import lru_cache

from productops.lib.addresses import network, parsed


@lru_cache(maxsize=8_192)
def truncated(address: str) -> str:
    """The address without its last 8 bits (IPv4) or last 80 (IPv6); empty when it is none."""
    known = parsed(address)
    return network(known, v4=24, v6=48) if known else ""
