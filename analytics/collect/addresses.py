"""As much of an address as is kept."""

from productops.lib.addresses import LONGEST, network, parsed
from productops.lib.remembered import remembered


@remembered(most=8_192, longest=LONGEST)
def truncated(address: str) -> str:
    """The address without its last 8 bits (IPv4) or last 80 (IPv6); empty when it is none."""
    known = parsed(address)
    return network(known, v4=24, v6=48) if known else ""
