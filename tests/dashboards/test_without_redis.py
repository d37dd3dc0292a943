"""The portal beside a real Redis that stops, and comes back."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import redis
from django.core.cache import cache
from django.test import Client
from rest_framework.throttling import SimpleRateThrottle

from productops.lib import cache as caching
from productops.lib.models import Role
from productops.lib.redis import EmbeddedRedis
from tests.lib.staff import PASSWORD, LogIn

PAGES = ["/", "/product/activity/", "/product/engagement/", "/product/acquisition/", "/metrics/dau/", "/run/health/"]


@contextmanager
def running(server: EmbeddedRedis) -> Iterator[redis.Redis]:
    with subprocess.Popen(server.command()) as process, redis.Redis(unix_socket_path=str(server.socket)) as client:
        server.wait_until_it_answers()
        yield client
        process.terminate()
        process.wait()


@pytest.fixture
def server(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> EmbeddedRedis:
    """Not started yet; it is what the portal's settings make of its address."""
    server = EmbeddedRedis(tmp_path / "redis")
    settings.CACHES = {"default": {**settings.IN_REDIS, "LOCATION": server.url}}
    monkeypatch.setattr(caching, "PAUSE_SECONDS", 0)  # so that it is found as soon as it is back
    monkeypatch.setattr(caching.Redis, "away", False)
    return server


def test_what_is_kept_is_kept_in_redis_and_meanwhile_in_memory(server: EmbeddedRedis, caplog) -> None:
    with running(server) as client:
        cache.set("a", {"b": 1}, 60)
        assert len(client.keys("*:a")) == 1
        assert cache.get("a") == {"b": 1}
    assert cache.get("a") is None
    assert cache.get("a", 5) == 5
    assert cache.get_many(["a", "b"]) == {}
    assert cache.add("c", 3)
    assert not cache.add("c", 4)
    assert cache.incr("c") == 4
    assert cache.get_or_set("d", lambda: 7) == 7
    cache.set_many({"e": 1, "f": 2})
    assert cache.get_many(["c", "d", "e", "f"]) == {"c": 4, "d": 7, "e": 1, "f": 2}
    assert cache.touch("e", 60)
    assert cache.delete("e")
    cache.delete_many(["f"])
    assert not cache.has_key("f")
    assert [record.levelname for record in caplog.records if record.name == caching.__name__] == ["WARNING"]
    with running(server) as client:
        cache.set("g", 1)
        assert len(client.keys("*:g")) == 1
    cache.clear()
    assert cache.get("d") is None


def test_a_redis_that_is_silent_is_one_that_is_away(server: EmbeddedRedis) -> None:
    with running(server) as client:
        cache.set("i", 1)
        pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            assert cache.get("i") is None
        finally:
            os.kill(pid, signal.SIGCONT)
        assert cache.get("i") == 1


def test_a_redis_that_is_full_is_away_until_it_takes_something(server: EmbeddedRedis, monkeypatch, caplog) -> None:
    monkeypatch.setattr(caching, "PAUSE_SECONDS", 0)
    with running(server) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        for _ in range(3):
            cache.set("j", 1)
            assert cache.get("k") is None
        client.config_set("maxmemory", 0)
        cache.set("j", 1)
        assert cache.get("j") == 1
    said = [record.getMessage().split(maxsplit=4)[:3] for record in caplog.records if record.name == caching.__name__]
    assert said == [["Redis", "can't", "be"], ["Redis", "can", "be"]]


def test_for_a_while_redis_is_not_asked_again(server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "PAUSE_SECONDS", 3600)
    assert cache.get("a") is None
    with running(server) as client:
        cache.set("h", 1)
        assert client.keys("*:h") == []
        monkeypatch.setattr(caching.Redis, "ask_again_at", 0)
        cache.set("h", 1)
        assert len(client.keys("*:h")) == 1


@pytest.mark.django_db
def test_every_page_is_there_without_redis(server: EmbeddedRedis, viewer: Client, history: date) -> None:
    with running(server):
        before = [viewer.get(path).status_code for path in PAGES]
    assert before == [200] * len(PAGES)
    assert [viewer.get(path).status_code for path in PAGES] == before
    assert viewer.get("/api/rollups/?metric=dau").status_code == 200


@pytest.mark.django_db
def test_logins_are_taken_and_slowed_down_without_redis(server: EmbeddedRedis, make_user, client: Client) -> None:
    make_user("ada")
    right, wrong = {"username": "ada", "password": PASSWORD}, {"username": "ada", "password": "no"}
    assert client.post("/login/", right).status_code == 302
    client.logout()
    tried = [client.post("/login/", wrong).status_code for _ in range(8)]
    assert tried[-1] == 429
    assert client.post("/login/", right).status_code == 429


@pytest.mark.django_db
def test_requests_to_the_api_are_counted_without_redis(
    server: EmbeddedRedis, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": "2/hour"})
    client = log_in(Role.VIEWER)
    assert [client.get("/api/metrics/").status_code for _ in range(3)] == [200, 200, 429]
