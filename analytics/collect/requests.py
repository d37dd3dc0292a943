"""A request's JSON as rows to keep and letters to put aside."""

import logging
from typing import NamedTuple

import msgspec

from analytics.collect import limits
from analytics.collect.bodies import too_large
from analytics.collect.messages import Envelope, Ids, Message, read_message
from analytics.collect.normalise import Arrival, ids_of, row_of, with_envelope
from analytics.collect.refusals import RefusedEvent
from analytics.event import EventRow

log = logging.getLogger(__name__)


class Letter(NamedTuple):
    """A refused part of a request, on its way to the dead letters.

    ``body`` can be sent to ``path`` again; it is empty where nothing of what was sent may be kept.
    """

    source: int
    path: str
    reason: str
    detail: str
    body: bytes
    received_us: int
    message_id: str = ""
    events: int = 1  # that it stands for
    private: bool = False  # these three as in Arrival and KnownSource
    trusted: bool = False
    by_bot: bool = False
    ids: Ids = Ids()


class Delivery(NamedTuple):
    """All that one request asks to be committed."""

    rows: list[EventRow]
    letters: list[Letter]
    suppressed: dict[int, int]  # events by source that were taken and must not be kept
    size: int = 0  # bytes it came in


def deliver(envelope: Envelope, messages: list[bytes], arrival: Arrival, path: str) -> Delivery:
    """Rows and letters of an opened request. One bad event costs the others nothing."""
    size = sum(map(len, messages))
    try:
        if len(messages) > limits.BATCH_EVENTS:
            raise RefusedEvent("too_many_events", f"{len(messages)} in a batch; {limits.BATCH_EVENTS} are taken.")
        arrival = with_envelope(arrival, envelope)
    except RefusedEvent as refused:
        shortened = _wrapped(b",".join(messages)[: limits.LETTER_BYTES], envelope)[: limits.LETTER_BYTES]
        return Delivery([], [letter(refused, shortened, arrival, path)._replace(events=len(messages))], {}, size)

    def wrapped(text: bytes) -> bytes:
        return text if envelope.batch is None else _wrapped(text, envelope)

    rows: list[EventRow] = []
    letters: list[Letter] = []
    dropped = 0
    for text in messages:
        message = None
        try:
            message = read_message(text)
            row = row_of(message, text, arrival)
        except RefusedEvent as refused:
            letters.append(letter(refused, wrapped(text), arrival, path, message))
        except Exception:
            log.exception("A message could not be read.")
            failed = RefusedEvent("failed", "The portal could not read it; see its log.")
            letters.append(letter(failed, wrapped(text), arrival, path))
        else:
            if row is None:
                dropped += 1
            else:
                rows.append(row)
    return Delivery(rows, letters, {arrival.source.id: dropped} if dropped else {}, size)


def letter(refused: RefusedEvent, body: bytes, arrival: Arrival, path: str, message: Message | None = None) -> Letter:
    """The letter that ``body`` becomes; with nothing of it when the browser asked not to be tracked."""
    if arrival.untracked:
        body, message = b"", None
    known = message.messageId if message else None
    return Letter(
        source=arrival.source.id,
        path=path[:60],
        reason=refused.reason,
        detail=refused.detail[:300].replace("\0", ""),
        body=body,
        received_us=arrival.received_us,
        message_id=known[: limits.ID_CHARACTERS].replace("\0", "") if isinstance(known, str) else "",
        private=arrival.private,
        trusted=arrival.source.trusted,
        by_bot=arrival.by_bot,
        ids=ids_of(message) if message else Ids(),
    )


def check_size(size: int, messages: list[bytes]) -> None:
    """RudderStack's clients may send more than Segment's; their messages say by which channel they came."""
    if size > limits.SEGMENT_BODY and not (messages and _is_rudderstack(messages[0])):
        raise too_large(limits.SEGMENT_BODY)


def _is_rudderstack(text: bytes) -> bool:
    try:
        return read_message(text).channel in ("web", "mobile", "server")
    except RefusedEvent:
        return False


def _wrapped(text: bytes, envelope: Envelope) -> bytes:
    """A batch of these messages, with what their envelope said of all."""
    shared = msgspec.json.encode({"sentAt": envelope.sentAt, "context": envelope.context})
    return shared[:-1] + b',"batch":[' + text + b"]}"
