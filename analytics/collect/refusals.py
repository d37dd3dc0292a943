"""How a request or an event is refused."""


class RefusedRequest(Exception):
    """The whole request gets ``status``; ``code`` is for programs, ``message`` for people."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after  # seconds


class RefusedEvent(Exception):
    """One event goes to the dead letters; the rest of its request is kept.

    ``detail`` quotes nothing of the event: it is kept even where the event must not be.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def told_without_data(error: BaseException) -> str:
    """What is logged of a database's error: its message may quote the rows, and those are nobody's to read there."""
    state = getattr(error.__cause__, "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__
