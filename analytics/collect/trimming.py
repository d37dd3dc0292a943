"""The limits on an event's inside: depth, number and length of keys, length of strings, and no U+0000."""

from typing import Any

from analytics.collect import limits
from analytics.collect.refusals import RefusedEvent

_SURELY_SHORT = 4_096  # bytes that can't hold more than the permitted number of keys
_RUN = 256  # bytes without a quote that a key fills when it is too long, and a number when it is too large
_AFTER_STRING = b":,]} \t\r\n"


def needs_trimming(text: bytes) -> bool:
    """Whether an event sent as ``text`` could break a limit; most can be seen not to, much faster than by a walk."""
    return (
        len(text) > _SURELY_SHORT
        or b"\\" in text
        or text.count(b"{") + text.count(b"[") > limits.DEPTH
        or _has_long_key_or_number(text)
    )


def _has_long_key_or_number(text: bytes) -> bool:
    """Whether a JSON text without a backslash may hold one. Most long pieces are values, which may be long."""
    at = 0  # behind a quote, but for the beginning
    while at + _RUN <= len(text):
        last = text.rfind(b'"', at, at + _RUN)
        if last < 0:
            last = text.find(b'"', at + _RUN)
            in_string = at > 0 and last > 0 and text[at] not in _AFTER_STRING
            if not in_string or text[last + 1 : last + _RUN].lstrip()[:1] in (b":", b""):
                return True
        at = last + 1
    return False


class Trimmer:
    """Walks the parts of one event. ``cut`` tells whether anything was taken out of a string.

    It may go on from parts that were walked before: from the number of their keys, and what was cut there.
    """

    def __init__(self, keys: int = 0, *, cut: bool = False) -> None:
        self.keys = keys
        self.cut = cut

    def trimmed(self, value: Any, depth: int = 1) -> Any:
        """``value``, ``depth`` objects and lists inside the event, within the limits. Raises RefusedEvent."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            self._check_depth(depth)
            return {self._key(key): self.trimmed(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            self._check_depth(depth)
            return [self.trimmed(item, depth + 1) for item in value]
        if isinstance(value, int):
            return _holdable(value)
        return value

    def _check_depth(self, depth: int) -> None:
        if depth >= limits.DEPTH:
            raise RefusedEvent("too_deep", f"More than {limits.DEPTH} objects and lists in one another.")

    def _key(self, key: str) -> str:
        self.keys += 1
        if self.keys > limits.KEYS:
            raise RefusedEvent("too_many_keys", f"More than {limits.KEYS} keys.")
        if len(key) > limits.KEY_CHARACTERS:
            raise RefusedEvent("key_too_long", f"A key has more than {limits.KEY_CHARACTERS} characters.")
        return self._text(key)

    def _text(self, text: str) -> str:
        if "\0" in text:  # PostgreSQL can't hold it
            text = text.replace("\0", "")
            self.cut = True
        if len(text) * 4 > limits.STRING_BYTES and len(encoded := text.encode()) > limits.STRING_BYTES:
            text = encoded[: limits.STRING_BYTES].decode(errors="ignore")
            self.cut = True
        return text


def _holdable(number: int) -> int:
    try:
        float(number)  # what engines read JSON numbers as
    except OverflowError:
        raise RefusedEvent("number_too_large", "A number is too large to be held.") from None
    return number
