"""Where a request came from, past the proxies that are trusted to say so."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from productops.lib.remembered import remembered

LONGEST = 45  # characters of an address that names no zone


def client_of(request: HttpRequest) -> str | None:
    """The address by which attempts to log in are counted."""
    peer, forwarded_for = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return counted_as(client_address(peer, forwarded_for)) or None


@remembered(most=8_192, longest=LONGEST)
def counted_as(address: str) -> str:
    """The network of one client: an IPv4 address, or the 2⁶⁴ of IPv6 that a client has for itself; else empty."""
    known = parsed(address)
    return network(known, v4=32, v6=64) if known else ""


def client_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer, or the nearest address a trusted proxy names that is no such proxy.

    Empty when that is no address.
    """
    address, chain = peer, forwarded_for
    while chain and _is_trusted(address):
        chain, _, address = chain.rpartition(",")
        address = address.strip()
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
    return known is not None and any(known in proxies for proxies in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=1)
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(proxy, strict=False) for proxy in proxies]
