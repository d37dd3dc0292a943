"""Buckets, against ones that are filled drop by drop; and what a client that is too fast is told."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from analytics.collect import rates
from analytics.collect.rates import BURST_SECONDS, Rates
from productops.lib.addresses import client_address, counted_as


class Bucket:
    """A bucket as one would draw it. Exact, as the times below are to a computer too."""

    def __init__(self, per_second: int) -> None:
        self.per_second, self.size = per_second, per_second * int(BURST_SECONDS)
        self.level, self.at = Fraction(self.size), Fraction(0)

    def take(self, amount: int, now: Fraction) -> Fraction:
        self.level = min(Fraction(self.size), self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level < 0:
            return -self.level / self.per_second
        self.level -= amount
        return Fraction(0)


requests = st.tuples(
    st.sampled_from("ab"),
    st.integers(0, 100),  # events
    st.integers(0, 80).map(lambda eighths: Fraction(eighths, 8)),  # seconds since the one before
)


@given(per_second=st.sampled_from([1, 2, 4, 8]), sent=st.lists(requests, max_size=40))
def test_each_client_has_a_bucket_of_its_own(per_second: int, sent: list[tuple[str, int, Fraction]]) -> None:
    limited, buckets = Rates(per_second), {client: Bucket(per_second) for client in "ab"}
    now = Fraction(0)
    for client, amount, passed in sent:
        now += passed
        expected = buckets[client].take(amount, now)
        assert limited.seconds_to_wait(client, amount, float(now)) == float(expected)


def test_who_waits_as_long_as_told_is_let_in() -> None:
    limited = Rates(2)
    assert limited.seconds_to_wait("a", 100, 0.0) == 0
    wait = limited.seconds_to_wait("a", 1, 0.0)
    assert wait == 40  # 100 events at 2 a second, less the 10 seconds that may come at once
    assert limited.seconds_to_wait("a", 1, wait - 0.5) == 0.5
    assert limited.seconds_to_wait("a", 1, wait) == 0


def test_without_a_rate_nobody_waits() -> None:
    limited = Rates(0)
    assert {limited.seconds_to_wait("a", 10**9, 0.0) for _ in range(3)} == {0.0}


def test_many_clients_are_remembered_in_a_bounded_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST", 100)
    limited = Rates(1)
    limited.seconds_to_wait("busy", 20, 0.0)
    for number in range(99):
        limited.seconds_to_wait(number, 1, 0.0)
    limited.seconds_to_wait("new", 1, 2.0)  # takes the place of one that has paid
    assert limited.seconds_to_wait("busy", 1, 2.0) == 8
    for number in range(1_000):  # of whom none has
        limited.seconds_to_wait(number, 1_000, 2.0)
        assert len(limited._paid_until) <= 100


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("::ffff:203.0.113.77", "203.0.113.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_an_ipv6_client_has_a_whole_network(address: str, client: str) -> None:
    assert counted_as(address) == client


@pytest.fixture
def behind_a_proxy(settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("127.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("127.0.0.1", "198.51.100.9, 203.0.113.1", "203.0.113.1"),  # what comes before can be made up
        ("127.0.0.1", "203.0.113.1, 10.1.2.3", "203.0.113.1"),
        ("::ffff:10.1.2.3", "203.0.113.1", "203.0.113.1"),
        ("203.0.113.5", "198.51.100.9", "203.0.113.5"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", ""),
        ("127.0.0.1", "203.0.113.1,", ""),
        ("127.0.0.1", "203.0.113.1 ,10.1.2.3,10.1.2.4", "203.0.113.1"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("", "203.0.113.1", ""),
    ],
)
@pytest.mark.usefixtures("behind_a_proxy")
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded_for: str, client: str) -> None:
    assert client_address(peer, forwarded_for) == client


@pytest.fixture
def status_from(client: Client) -> Callable[[str], int]:
    """What somebody at this address is answered who gives a wrong password."""
    wrong = {"username": "ada", "password": "wrong"}
    return lambda address: client.post("/login/", wrong, HTTP_X_FORWARDED_FOR=address).status_code


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_logging_in_is_counted_by_client_and_not_by_proxy(status_from: Callable[[str], int], settings) -> None:
    answers = [status_from("203.0.113.1") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert status_from("203.0.113.2") == 200
    assert status_from("198.51.100.7, 203.0.113.1") == 429  # whatever the client claims to stand behind


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_logging_in_is_counted_by_the_network_of_an_ipv6_client(status_from: Callable[[str], int], settings) -> None:
    answers = [status_from(f"2001:db8:1:2::{number:x}") for number in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert status_from("2001:db8:1:3::1") == 200
