"""A server under bad conditions: killed, overloaded, its database broken, its clients gone half-way."""

import json
import socket
import threading
import time
from contextlib import closing

from django.db import connections, transaction

from analytics.collect.models import Event, Source, SourceKey
from tests.collect.portal import MakePortal, Portal, SentBy, basic, eventually


def message(message_id: str) -> dict[str, object]:
    return {"type": "track", "event": "A", "userId": "u", "messageId": message_id}


def row_count(portal: Portal) -> int:
    return Event.objects.using(portal.alias).count()


class Client(threading.Thread):
    """Sends batch after batch, each until it is acknowledged, as every official client does."""

    def __init__(self, portal: Portal, key: str, number: int) -> None:
        super().__init__()
        self.portal, self.key, self.number = portal, key, number
        self.acknowledged: list[str] = []
        self.tries = 0
        self.enough = threading.Event()

    def run(self) -> None:
        batch = 0
        while not self.enough.is_set():
            ids = [f"{self.number}-{batch}-{n}" for n in range(5)]
            while not self.taken(ids):
                time.sleep(0.02)
            self.acknowledged += ids
            batch += 1

    def taken(self, ids: list[str]) -> bool:
        self.tries += 1
        try:
            return self.portal.post("/v1/batch", {"batch": [message(id_) for id_ in ids]}, self.key).status == 200
        except OSError:
            return False
        except Exception as error:  # an answer cut off in its middle
            return type(error).__module__ != "http.client" and self.fail(error)

    def fail(self, error: Exception) -> bool:
        raise error


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(make_portal: MakePortal) -> None:
    portal = make_portal(workers=2)
    sender = portal.source()
    clients = [Client(portal, sender.key, number) for number in range(6)]
    for client in clients:
        client.start()
    for _ in range(2):
        acknowledged = sum(len(client.acknowledged) for client in clients)
        eventually(lambda least=acknowledged + 200: sum(len(client.acknowledged) for client in clients) > least)
        portal.kill()
        portal.start()
    for client in clients:
        client.enough.set()
    for client in clients:
        client.join()
    acknowledged_ids = [id_ for client in clients for id_ in client.acknowledged]
    stored = [event.message_id for event in sender.events]
    assert sum(client.tries for client in clients) > len(acknowledged_ids) / 5  # some had to be sent again
    assert sorted(stored) == sorted(acknowledged_ids)
    assert len(stored) == len(set(stored)) == sender.counted("accepted")


def test_a_server_that_is_asked_to_stop_commits_what_it_took(make_portal: MakePortal) -> None:
    portal = make_portal(workers=1)
    sender = portal.source()
    replies: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: replies.append(portal.post("/v1/track", message(str(n)), sender.key).status)
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    portal.stop()
    assert replies == [200] * 20
    assert len(sender.events) == 20
    assert "Traceback" not in portal.log.read_text()


def test_an_event_waits_for_its_turn_while_others_write(portal: Portal) -> None:
    sender = portal.source()
    replies: list[int] = []
    sending = threading.Thread(
        target=lambda: replies.append(portal.post("/v1/track", message("patient"), sender.key).status)
    )
    with transaction.atomic(using=portal.alias):
        Source.objects.using(portal.alias).filter(pk=sender.source.pk).update(name="Renamed meanwhile")
        sending.start()
        time.sleep(2)  # longer than the collector waits before it tries a failed commit again
    sending.join()
    assert replies == [200]
    assert [event.message_id for event in sender.events] == ["patient"]


def test_clients_are_sent_away_while_too_much_waits_to_be_sealed(make_portal: MakePortal) -> None:
    portal = make_portal(INBOX_LIMIT="3")
    sender = portal.source()
    assert portal.post("/v1/batch", {"batch": [message(str(n)) for n in range(4)]}, sender.key).status == 200
    reply = eventually(
        lambda: (reply := portal.post("/v1/track", message("4"), sender.key)).status == 503 and reply, seconds=10
    )
    assert reply.json["code"] == "lagging"
    assert 1 <= int(reply.headers["retry-after"]) <= 300
    Event.objects.using(portal.alias).update(segment=1)
    eventually(lambda: portal.post("/v1/track", message("5"), sender.key).status == 200, seconds=10)


def test_a_source_that_is_too_fast_is_told_how_long_to_wait(make_portal: MakePortal) -> None:
    portal = make_portal(workers=1, COLLECT_RATE_PER_SOURCE="10")
    fast, slow = portal.source(), portal.source()
    assert portal.post("/v1/batch", {"batch": [message(str(n)) for n in range(250)]}, fast.key).status == 200
    reply = portal.post("/v1/track", message("more"), fast.secret_key, origin="https://shop.example")
    assert (reply.status, reply.json["code"], reply.json["success"]) == (429, "too_fast", False)
    assert 1 <= int(reply.headers["retry-after"]) <= 15  # 250 events at 10 a second, less 10 seconds
    assert reply.headers["access-control-expose-headers"] == "Retry-After"
    assert portal.post("/v1/track", message("1"), slow.key).status == 200
    assert row_count(portal) == 251
    wrong = portal.source()
    assert portal.post("/v1/batch", {"batch": [0] * 100_000}, wrong.key).status == 200
    reply = portal.post("/v1/track", message("2"), wrong.key)
    assert reply.status == 429
    assert int(reply.headers["retry-after"]) <= 240  # a full batch of 2,500 at 10 a second, less 10 seconds


def test_an_address_that_is_too_fast_is_told_how_long_to_wait(make_portal: MakePortal) -> None:
    portal = make_portal(workers=1, COLLECT_RATE_PER_IP="1", TRUSTED_PROXIES="127.0.0.1")
    sender = portal.source()

    def status_from(address: str, key: str = sender.key) -> int:
        return portal.post("/v1/track", message("1"), key, x_forwarded_for=address).status

    assert status_from("203.0.113.1") == 200
    eventually(lambda: status_from("203.0.113.1", "unknown") == 429)  # strangers are counted too
    assert status_from("203.0.113.1") == 429
    assert status_from("203.0.113.2") == 200


def test_a_broken_database_is_answered_with_a_request_to_come_back(make_portal: MakePortal) -> None:
    portal = make_portal(workers=1)
    sender = portal.source()
    with connections[portal.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_sourceminute RENAME TO elsewhere")
    reply = portal.post("/v1/track", message("1"), sender.key, origin="https://shop.example")
    assert reply.status == 503
    assert reply.json["success"] is False
    assert int(reply.headers["retry-after"]) > 0
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert row_count(portal) == 0
    log = portal.log.read_text()
    assert "A commit of 1 requests failed" in log
    assert sender.key not in log
    assert "sourceminute" not in log  # nor anything else that the database's message quotes
    with connections[portal.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE elsewhere RENAME TO analytics_sourceminute")
    assert portal.post("/v1/track", message("1"), sender.key).status == 200
    assert row_count(portal) == 1


def test_a_revoked_key_is_refused_by_every_process_within_seconds(portal: Portal) -> None:
    sender = portal.source()
    assert portal.post("/v1/track", message("1"), sender.key).status == 200
    key = SourceKey.objects.using(portal.alias).get(key=sender.key)
    key.revoked_at = key.created_at
    key.save()
    eventually(
        lambda: {portal.post("/v1/track", message("2"), sender.key).status for _ in range(10)} == {401}, seconds=10
    )
    assert portal.post("/v1/track", message("3"), sender.secret_key).status == 200


def test_the_same_messages_sent_at_once_by_many_count_once(portal: Portal) -> None:
    sender = portal.source()
    ids = [str(number) for number in range(40)]
    statuses: list[int] = []

    def send(order: list[str]) -> None:
        statuses.append(portal.post("/v1/batch", {"batch": [message(id_) for id_ in order]}, sender.key).status)

    threads = [threading.Thread(target=send, args=(ids[n:] + ids[:n],)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12
    assert sorted(event.message_id for event in sender.events) == sorted(ids)
    assert (sender.counted("accepted"), sender.counted("duplicates")) == (40, 440)


def open_request(portal: Portal, sender: SentBy, headers: str) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", portal.port), timeout=30)
    head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(sender.key)}\r\n{headers}\r\n\r\n"
    opened.sendall(head.encode())
    return opened


def test_half_a_body_is_no_event(portal: Portal) -> None:
    sender = portal.source()
    whole = json.dumps(message("half")).encode()
    for _ in range(5):
        with closing(open_request(portal, sender, f"Content-Length: {len(whole)}")) as opened:
            opened.sendall(whole[:20])
    assert portal.post("/v1/track", message("whole"), sender.key).status == 200
    assert [event.message_id for event in sender.events] == ["whole"]
    assert sender.letters == []
    assert "Traceback" not in portal.log.read_text()


def test_a_body_in_chunks_is_put_together(portal: Portal) -> None:
    sender = portal.source()
    whole = json.dumps(message("chunks")).encode()
    with closing(open_request(portal, sender, "Transfer-Encoding: chunked\r\nConnection: close")) as opened:
        for at in range(0, len(whole), 7):
            part = whole[at : at + 7]
            opened.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            time.sleep(0.001)
        opened.sendall(b"0\r\n\r\n")
        assert b"200 OK" in opened.recv(1000)
    assert [event.message_id for event in sender.events] == ["chunks"]


def test_a_huge_body_is_refused_before_it_is_all_there(portal: Portal) -> None:
    sender = portal.source()
    with closing(open_request(portal, sender, "Content-Length: 1000000000")) as opened:
        sent = 0
        try:
            while sent < 100_000_000:
                sent += opened.send(b" " * 65_536)
        except OSError:
            pass
    assert sent < 100_000_000
    assert portal.post("/v1/track", message("next"), sender.key).status == 200
