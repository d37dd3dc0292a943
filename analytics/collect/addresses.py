"""Where a request came from, and as much of that address as is kept."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings


@lru_cache(maxsize=8_192)
def client_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer, or the nearest address a trusted proxy names that is no such proxy."""
    chain = [part.strip() for part in forwarded_for.split(",")] if forwarded_for else []
    address = peer
    while chain and _is_trusted(address):
        address = chain.pop()
    return address if _parsed(address) else ""


@lru_cache(maxsize=8_192)
def truncated(address: str) -> str:
    """The address without its last 8 bits (IPv4) or last 80 (IPv6); empty when it is none."""
    parsed = _parsed(address)
    if parsed is None:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    kept = 24 if isinstance(parsed, IPv4Address) else 48
    return str(ip_network((parsed, kept), strict=False).network_address)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _is_trusted(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)
