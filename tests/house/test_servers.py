"""The servers that tests run on are real."""

import os

import psycopg
import pytest
import redis
from django.db import connection


def test_postgres_gives_each_caller_an_empty_database(postgres):
    first, second = postgres.create_database(), postgres.create_database()
    with psycopg.connect(first) as one, psycopg.connect(second) as two:
        one.execute("CREATE TABLE only_here (id bigint)")
        one.commit()
        assert two.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
        assert one.info.server_version >= 140000


def test_redis_keeps_what_it_is_given(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.set("portal", "here")
        assert client.get("portal") == b"here"


@pytest.mark.django_db
def test_the_run_is_on_the_database_it_was_asked_to_be_on():
    asked_for = os.environ.get("TEST_DATABASE", "sqlite")
    assert connection.vendor == {"postgres": "postgresql", "sqlite": "sqlite"}[asked_for]
