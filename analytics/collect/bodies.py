"""From the bytes of a request to JSON text, whatever the client says its content type is.

SDKs send gzip without saying so, JSON as ``text/plain`` or as a form, and JSON inside a form:
the bytes themselves tell.
"""

import binascii
import zlib
from base64 import urlsafe_b64decode
from urllib.parse import parse_qs

from analytics.collect.limits import GZIP_FILES
from analytics.collect.refusals import RefusedRequest

_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_BOM = b"\xef\xbb\xbf"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_BARE_DEFLATE = -zlib.MAX_WBITS


def json_text(body: bytes, content_encoding: str, limit: int) -> bytes:
    """The JSON that ``body`` holds: inflated to at most ``limit`` bytes, out of its form, without a byte-order mark.

    Raises RefusedRequest: 413 when it is larger, 400 when it can't be read.
    """
    if body.startswith((_GZIP, *_ZLIB)):
        body = _inflated(body, _GZIP_OR_ZLIB, limit)
    elif content_encoding == "deflate" and not body.lstrip().startswith((b"{", b"[")):
        body = _inflated(body, _BARE_DEFLATE, limit)
    body = body.removeprefix(_BOM).lstrip()
    return body if body.startswith((b"{", b"[")) else _out_of_form(body)


def too_large(limit: int) -> RefusedRequest:
    return RefusedRequest(413, "too_large", f"The body is larger than {limit} bytes.")


def _inflated(body: bytes, window: int, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit
    for _ in range(GZIP_FILES):
        stream = zlib.decompressobj(window)
        try:
            part = stream.decompress(body, room + 1)
        except zlib.error:
            raise _bad_compression("The body is not the gzip or deflate it seems.") from None
        room -= len(part)
        if room < 0:
            raise too_large(limit)
        if not stream.eof:
            raise _bad_compression("The compressed body ends too early.")
        parts.append(part)
        body = stream.unused_data
        if not body.startswith(_GZIP):  # gzip files may follow one another
            return b"".join(parts)
    raise _bad_compression(f"The body is more than {GZIP_FILES} gzip files.")


def _bad_compression(message: str) -> RefusedRequest:
    return RefusedRequest(400, "bad_compression", message)


def _out_of_form(body: bytes) -> bytes:
    try:
        data = parse_qs(body.decode("ascii"), max_num_fields=20)["data"][0]
        text = data.lstrip().encode()
        if not text.startswith((b"{", b"[")):
            # In a form a "+" of base64 arrives as a space, and some clients leave out the padding.
            letters = data.strip().replace(" ", "+").replace("+", "-").replace("/", "_").rstrip("=")
            text = urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    except (ValueError, KeyError, binascii.Error):
        raise RefusedRequest(400, "invalid_json", "The body is neither JSON nor a form with JSON in `data`.") from None
    return text
