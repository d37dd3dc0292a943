"""Dead letters go with the person they are of, and with nobody else."""

import gzip
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
import pytest

from analytics.collect.erasing import erase_letters
from analytics.collect.inbox import ROW_PATH
from analytics.collect.models import DeadLetter, Platform, Source
from productops.lib.person_data import PersonIds
from tests.people.conftest import event_row

pytestmark = pytest.mark.django_db

ADA = PersonIds(identities=frozenset(), user_ids=frozenset({"ada"}), anonymous_ids=frozenset({"phone", "laptop"}))


@pytest.mark.parametrize(
    ("body", "erased"),
    [
        (b'{"userId": "ada"}', True),
        (b'{"anonymousId":"phone"}', True),
        (b'{"userId": "bob", "anonymousId": "laptop"}', True),
        (b'{"type": "alias", "userId": "bob", "previousId": "phone"}', True),
        (b'{"batch": [{"userId": "bob"}, {"userId": "\\u0061da"}]}', True),
        (gzip.compress(b'{"userId": "ada"}', mtime=0), True),
        (b"data=" + quote(b'{"userId": "ada"}').encode(), True),
        # Somebody else's: the same text is no id of hers there.
        (b'{"userId": "adam"}', False),
        (b'{"userId": "bob", "event": "ada"}', False),
        (b'{"userId": "bob", "properties": {"friend": "ada", "device": "phone"}}', False),
        (b'{"userId": "phone"}', False),
        (b'{"anonymousId": "ada"}', False),
        (gzip.compress(b'{"userId": "bob", "event": "ada"}', mtime=0), False),
        (b'{"batch": [{"userId": "bob", "event": "ada"}, {"userId": "bob", "value": 1e999}]}', False),
        # It doesn't say whose it is: any mention counts.
        (b'{"properties": {"friend": "ada"}}', True),
        (b'{"userId": "undefined", "properties": {"friend": "ada"}}', True),
        (b'{"email": "ada@y.example"}', False),
        (b'{"batch": [{"userId": "bob"}, {"userId": "ada", "value": 1e999}]}', True),
        (b'{"batch": [{"userId": "bob"}, {"userId": "ada", "val', True),
        (b"ada", True),
        (b"adam", False),
    ],
)
def test_dead_letters_of_the_person_go(body: bytes, erased: bool):
    put_aside(body)
    assert erase_letters(ADA) == erased
    assert DeadLetter.objects.exists() is not erased


@pytest.mark.parametrize("written", [r"ü/1", r"ü\/1", r"\u00fc/1", r"\u00FC\/1", r"\u00fc\/1"])
def test_a_letter_that_is_cut_off_goes_however_its_writer_escapes_ids(written: str):
    put_aside(f'{{"batch": [{{"userId": "{written}", "val'.encode())
    assert erase_letters(PersonIds(frozenset(), frozenset({"ü/1"}), frozenset())) == 1


@pytest.mark.parametrize(("name", "erased"), [("ada", True), ("bob", False)])
def test_rows_of_the_person_that_the_database_refused_go(name: str, erased: bool):
    put_aside(msgspec.json.encode(event_row(user=name, event="ada")), path=ROW_PATH)
    assert erase_letters(ADA) == erased
    assert DeadLetter.objects.exists() is not erased


def put_aside(body: bytes, path: str = "/v1/track") -> None:
    source = Source.objects.create(name="web", platform=Platform.WEB)
    DeadLetter.objects.create(source=source, received_at=datetime.now(UTC), reason="x", path=path, body=body)
