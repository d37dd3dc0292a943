"""How fast each of many clients may go on: a token bucket each, in the memory of one process."""

from collections.abc import Hashable

BURST_SECONDS = 10.0  # that a client may be ahead of its rate
MOST = 20_000  # clients told apart: some 3 MB


class Rates:
    """Buckets that hold what comes in ``BURST_SECONDS``.

    What is taken out last may be more than what is left, so that something that is larger than a
    bucket has to wait, and is not refused for ever.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second  # 0: without a limit
        self._paid_until: dict[Hashable, float] = {}  # when a client's bucket is full again

    def seconds_to_wait(self, client: Hashable, amount: float, now: float) -> float:
        """Take ``amount`` and return 0; or take nothing, and return in how many seconds to try again.

        ``now`` is a time of a clock that doesn't go back, in seconds.
        """
        if not self._per_second:
            return 0.0
        paid_until = max(now, self._paid_until.get(client, now))
        if paid_until - now > BURST_SECONDS:
            return paid_until - now - BURST_SECONDS
        if len(self._paid_until) >= MOST:
            self._forget(now)
        self._paid_until[client] = paid_until + amount / self._per_second
        return 0.0

    def _forget(self, now: float) -> None:
        """Those whose bucket is full; or all, where that frees too little to be worth the search."""
        self._paid_until = {client: until for client, until in self._paid_until.items() if until > now}
        if len(self._paid_until) > MOST // 2:
            self._paid_until.clear()
