"""An event on its way from a request, an import or an app into the inbox."""

from typing import Any

import msgspec


class EventRow(msgspec.Struct, kw_only=True):
    """The columns of ``store.schema.EVENTS``, and below them what identity linking needs of the event."""

    source: int
    message_id: str
    type: str
    event: str
    at_us: int
    received_us: int
    actor: int = 0
    anon: int = 0
    device: int = 0
    session_id: str = ""
    account: str = ""
    platform: str = "server"
    page: str = ""
    touch: str = ""
    customer_segment: str = ""
    value: float | None = None
    flags: int = 0
    properties: str = "{}"
    context: str = "{}"

    user_id: str = ""  # empty where the id was missing, generic or too long
    anonymous_id: str = ""
    previous_id: str = ""  # alias only
    traits: dict[str, Any] | None = None  # identify: of the person; group: of the account
    trusted: bool = False  # sent with a secret key: may merge two known users
