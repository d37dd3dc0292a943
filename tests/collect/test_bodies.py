import gzip
import zlib
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.collect.bodies import json_text
from analytics.collect.refusals import RefusedRequest

LIMIT = 10_000
texts = st.text(max_size=300).map(lambda text: b'{"text": "' + text.encode() + b'"}')
WRAPPINGS = {
    "none": lambda text: (text, ""),
    "spaces": lambda text: (b"\r\n " + text, ""),
    "byte-order mark": lambda text: (b"\xef\xbb\xbf" + text, ""),
    "gzip": lambda text: (gzip.compress(text), "gzip"),
    "gzip unsaid": lambda text: (gzip.compress(text), ""),
    "gzip of a byte-order mark": lambda text: (gzip.compress(b"\xef\xbb\xbf" + text), "gzip"),
    "zlib": lambda text: (zlib.compress(text), "deflate"),
    "bare deflate": lambda text: (zlib.compress(text, wbits=-15), "deflate"),
    "said to be gzip but plain": lambda text: (text, "gzip"),
    "said to be deflate but plain": lambda text: (text, "deflate"),
    "form": lambda text: (b"data=" + quote_plus(text).encode(), ""),
    "base64 in a form": lambda text: (b"a=b&data=" + quote_plus(b64encode(text)).encode(), ""),
    "bare base64 in a form": lambda text: (b"data=" + b64encode(text), ""),
    "url-safe base64 without padding": lambda text: (b"data=" + urlsafe_b64encode(text).rstrip(b"="), ""),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(text=texts)
def test_what_was_wrapped_comes_out(wrapping: str, text: bytes) -> None:
    body, encoding = WRAPPINGS[wrapping](text)
    assert json_text(body, encoding, LIMIT).strip() == text.strip()


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["", "gzip", "deflate", "br"]))
def test_any_bytes_are_json_text_or_refused(body: bytes, encoding: str) -> None:
    status, text = 200, b""
    try:
        text = json_text(body, encoding, LIMIT)
    except RefusedRequest as refused:
        status = refused.status
    assert status in (200, 400, 413)
    assert len(text) <= LIMIT


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
@pytest.mark.parametrize(("size", "status"), [(LIMIT - 2, 200), (LIMIT - 1, 413), (30_000_000, 413)])
def test_nothing_is_inflated_beyond_the_limit(compress, size: int, status: int) -> None:
    body = compress(b"{" + b" " * size + b"}")
    if status == 200:
        assert len(json_text(body, "", LIMIT)) == LIMIT
    else:
        with pytest.raises(RefusedRequest) as refused:
            json_text(body, "", LIMIT)
        assert refused.value.status == status


def test_many_gzip_files_in_one_share_the_limit() -> None:
    part = gzip.compress(b"{" + b" " * 6_000)
    with pytest.raises(RefusedRequest, match="larger"):
        json_text(part + part, "", LIMIT)


@pytest.mark.parametrize(("files", "refused"), [(16, False), (17, True), (100_000, True)])
def test_a_body_is_a_few_gzip_files_at_most(files: int, refused: bool) -> None:
    body = gzip.compress(b"") * (files - 1) + gzip.compress(b"{}")
    if refused:
        with pytest.raises(RefusedRequest) as error:
            json_text(body, "", LIMIT)
        assert error.value.code == "bad_compression"
    else:
        assert json_text(body, "", LIMIT) == b"{}"
