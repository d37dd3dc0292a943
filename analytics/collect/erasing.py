"""Dead letters of people who are erased."""

import json
import re
import zlib
from collections.abc import Collection, Iterator

import msgspec

from analytics.collect.bodies import json_text
from analytics.collect.inbox import ROW_PATH
from analytics.collect.limits import RUDDERSTACK_BODY
from analytics.collect.messages import Ids, open_envelope, read_message
from analytics.collect.models import DeadLetter
from analytics.collect.normalise import ids_of
from analytics.collect.refusals import RefusedEvent, RefusedRequest
from analytics.event import EventRow
from productops.lib.person_data import PersonIds

_AT_ONCE = 500
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}")
_MOST_INFLATED = 1 << 20  # of a body that can't be read


def erase_letters(ids: PersonIds) -> int:
    """Delete the letters of the person with these ids; returns how many.

    What says whose it is, goes by the ids it names. Of what doesn't, because it is cut off, no JSON or
    without an id, each that mentions one of the ids goes: rather is a broken letter lost than
    something of an erased person kept.
    """
    mentioned = _mention_of(ids.texts)
    erased = newest = 0
    while letters := list(DeadLetter.objects.filter(pk__gt=newest).order_by("pk")[:_AT_ONCE]):
        newest = letters[-1].pk
        theirs = [letter.pk for letter in letters if _is_of(letter, ids, mentioned)]
        DeadLetter.objects.filter(pk__in=theirs).delete()
        erased += len(theirs)
    return erased


def _is_of(letter: DeadLetter, ids: PersonIds, mentioned: re.Pattern[bytes]) -> bool:
    return any(
        _names(part, ids) if isinstance(part, Ids) else mentioned.search(part) is not None for part in _parts(letter)
    )


def _names(named: Ids, ids: PersonIds) -> bool:
    return named.user in ids.user_ids or named.anonymous in ids.anonymous_ids or named.previous in ids.texts


def _parts(letter: DeadLetter) -> Iterator[Ids | bytes]:
    """Of each message in a letter the ids that it names, or its text when it names none or can't be read."""
    body = bytes(letter.body)
    try:
        if letter.path == ROW_PATH:
            row = msgspec.json.decode(body, type=EventRow)
            messages, read = [body], [Ids(row.user_id, row.anonymous_id, row.previous_id)]
        else:
            _, messages = open_envelope(json_text(body, "", RUDDERSTACK_BODY))
            read = list(map(_ids_in, messages))
    except (RefusedRequest, msgspec.MsgspecError):
        yield b"\n".join((letter.detail.encode(), letter.message_id.encode(), _inflated(body)))
    else:
        yield from (ids if any(ids) else text for text, ids in zip(messages, read, strict=True))


def _ids_in(text: bytes) -> Ids:
    try:
        return ids_of(read_message(text))
    except RefusedEvent:
        return Ids()


def _mention_of(texts: Collection[str]) -> re.Pattern[bytes]:
    """Finds one of these ids, as a word of its own."""
    forms = {form.encode() for text in texts for form in _as_written(text)}
    words = b"|".join(map(re.escape, sorted(forms))) or rb"(?!)"
    return re.compile(rb"(?<![\w.@-])(" + words + rb")(?![\w@-])")


def _as_written(text: str) -> Iterator[str]:
    """The ways in which JSON's writers put a text: as it is, escaped, and with slashes escaped, as PHP does."""
    escaped = json.dumps(text)[1:-1]
    for form in (text, escaped, _ESCAPE.sub(lambda code: code[0].upper().replace("U", "u", 1), escaped)):
        yield form
        yield form.replace("/", r"\/")


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MOST_INFLATED)
    except zlib.error:  # cut off at the size that is kept, or never was gzip
        return body
