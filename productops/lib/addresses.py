"""Where a request came from, past the proxies that are trusted to say so."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_of(request: HttpRequest) -> str | None:
    """The address by which attempts to log in are counted."""
    return client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")) or None


@lru_cache(maxsize=8_192)
def client_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer, or the nearest address a trusted proxy names that is no such proxy.

    Empty when that is no address.
    """
    chain = [part.strip() for part in forwarded_for.split(",")] if forwarded_for else []
    address = peer
    while chain and _is_trusted(address):
        address = chain.pop()
    return address if parsed(address) else ""


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that is written as an IPv6 one is taken for what it is; None when it is neither."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return (known.ipv4_mapped or known) if isinstance(known, IPv6Address) else known


def network(address: IPv4Address | IPv6Address, *, v4: int, v6: int) -> str:
    """The address of the network that holds it, of so many leading bits."""
    kept = v4 if isinstance(address, IPv4Address) else v6
    return str(ip_network((address, kept), strict=False).network_address)


def _is_trusted(address: str) -> bool:
    known = parsed(address)
    return known is not None and any(known in ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)
