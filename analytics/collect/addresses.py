"""As much of an address as is kept, and as much as tells one client from another."""

from functools import lru_cache

from productops.lib.addresses import network, parsed


@lru_cache(maxsize=8_192)
def truncated(address: str) -> str:
    """The address without its last 8 bits (IPv4) or last 80 (IPv6); empty when it is none."""
    known = parsed(address)
    return network(known, v4=24, v6=48) if known else ""


@lru_cache(maxsize=8_192)
def counted_as(address: str) -> str:
    """The network of one client: an IPv4 address, or the 2⁶⁴ of IPv6 that a client has for itself; else empty."""
    known = parsed(address)
    return network(known, v4=32, v6=64) if known else ""
