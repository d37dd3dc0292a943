"""Paths: of small worlds by hand, and of random ones by brute force."""

import itertools
from datetime import date
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.kinds import paths
from analytics.explore.kinds.paths import Paths, Point
from tests.explore.conftest import at, event
from tests.explore.naive_paths import Asked, links
from tests.explore.worlds import activity
from tests.metrics.world import Row, World

DAYS = {"from": "2025-03-01", "to": "2025-03-04"}


def page(actor: int, when: str, path: str, **columns: Any) -> Row:
    return event(actor, when, "page", type="page", page=path, **columns)


def visit(actor: int, *names: str, day: str = "2025-03-01", session_id: str = "") -> list[Row]:
    """Pages and events (without a slash) a minute apart."""
    rows = []
    for minute, name in enumerate(names):
        when = f"{day}T10:{minute:02}"
        row = page(actor, when, name) if name.startswith("/") else event(actor, when, name)
        rows.append(row | {"session_id": session_id})
    return rows


def flows(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(link["source"], link["target"]): link["people"] for link in answer["links"]}


def steps(*names: str, people: int = 1) -> dict[tuple[str, str], int]:
    ids = [f"{step}_{name}" for step, name in enumerate(names, 1)]
    return dict.fromkeys(itertools.pairwise(ids), people)


@pytest.fixture
def walk(ask, use):
    """Ask for the paths of some events."""

    def walk(*visits: list[Row], identities: dict[int, int] | None = None, **body: Any) -> dict[str, Any]:
        use(World(identities=identities or {}, events=[row for rows in visits for row in rows]))
        return ask("paths", **DAYS, **body)

    return walk


@pytest.mark.django_db
def test_links_between_pages_and_events(walk) -> None:
    answer = walk(
        visit(1, "/", "/pricing", "signup"),
        [page(2, "2025-03-01T10:00", "/"), page(2, "2025-03-01T10:04", "/pricing")],
        visit(3, "/about"),
    )
    assert answer["links"] == [
        {"source": "1_/", "target": "2_/pricing", "people": 2, "paths": 2, "median_seconds": 150},
        {"source": "2_/pricing", "target": "3_signup", "people": 1, "paths": 1, "median_seconds": 60},
    ]
    assert answer["nodes"] == [
        {"id": "1_/", "step": 1, "name": "/"},
        {"id": "2_/pricing", "step": 2, "name": "/pricing"},
        {"id": "3_signup", "step": 3, "name": "signup"},
    ]
    assert answer["left_out"] == {"links": 0, "people": 0}
    assert "lag" in answer["sql"].lower()


@pytest.mark.django_db
def test_what_is_done_again_at_once_is_one_step(walk) -> None:
    """The time to the next step counts from the last of them; a slash at a page's end makes no difference."""
    answer = walk(
        [
            page(1, "2025-03-01T10:00:00", "/1"),
            page(1, "2025-03-01T10:00:20", "/1/"),
            page(1, "2025-03-01T10:01:00", "/2"),
            page(1, "2025-03-01T10:01:20", "/2/"),
            page(1, "2025-03-01T10:03:20", "/1"),
        ]
    )
    assert flows(answer) == steps("/1", "/2", "/1")
    assert [link["median_seconds"] for link in answer["links"]] == [60, 120]  # to the last of the repeated, from it


@pytest.mark.django_db
def test_a_path_ends_after_more_than_half_an_hour_of_silence(walk) -> None:
    exact = [event(1, "2025-03-01T10:00", "a"), event(1, "2025-03-01T10:30", "b")]
    assert flows(walk(exact)) == steps("a", "b")
    longer = [event(1, "2025-03-01T10:00", "a"), event(1, "2025-03-01T10:30", "b", at_us=at("2025-03-01T10:30") + 1)]
    assert flows(walk(longer)) == {}
    # What is passed over doesn't keep it going.
    kept = [event(1, "2025-03-01T10:00", "a"), event(1, "2025-03-01T10:20", "x"), event(1, "2025-03-01T10:40", "b")]
    assert flows(walk(kept)) == steps("a", "x", "b")
    assert flows(walk(kept, exclude=["x"])) == {}


@pytest.mark.django_db
def test_a_session_id_makes_the_path(walk) -> None:
    long = [row | {"session_id": "s"} for row in [*visit(1, "a"), event(1, "2025-03-01T19:00", "b")]]
    assert flows(walk(long)) == steps("a", "b")
    other = [event(1, "2025-03-01T10:00", "a", session_id="s"), event(1, "2025-03-01T10:01", "b", session_id="t")]
    assert flows(walk(other)) == {}


@pytest.mark.django_db
def test_a_path_is_a_persons_on_whatever_device(walk) -> None:
    rows = [page(4, "2025-03-01T10:00", "/"), page(1, "2025-03-01T10:01", "/a"), page(4, "2025-03-01T10:02", "/b")]
    assert flows(walk(rows)) == steps("/", "/b")
    assert flows(walk(rows, identities={4: 1})) == steps("/", "/a", "/b")


@pytest.mark.django_db
def test_people_and_paths_are_counted_apart(walk) -> None:
    again = walk(visit(1, "/", "/about"), visit(1, "/", "/about", day="2025-03-02"))
    assert [(link["people"], link["paths"]) for link in again["links"]] == [(1, 2)]


@pytest.mark.django_db
def test_depth_is_the_number_of_steps(walk) -> None:
    for depth in (2, 3, 4):
        assert flows(walk(visit(1, "/1", "/2", "/3", "/4"), depth=depth)) == steps(*["/1", "/2", "/3", "/4"][:depth])
    assert flows(walk(visit(1, *"abcdefg"))) == steps(*"abcde")


@pytest.mark.django_db
def test_from_a_start(walk) -> None:
    """From its first time on; a path without it is none."""
    rows = [
        visit(1, "/", "/about/"),
        visit(2, "/", "/pricing/", "/about"),
        visit(3, "/pricing", "/", "/about/"),
        visit(4, "/", "/pricing/"),
        visit(5, "/pricing", "/about", "/pricing/", "/help"),
    ]
    expected = {
        ("1_/pricing", "2_/about"): 2,
        ("1_/pricing", "2_/"): 1,
        ("2_/", "3_/about"): 1,
        ("2_/about", "3_/pricing"): 1,
        ("3_/pricing", "4_/help"): 1,
    }
    assert flows(walk(*rows, start="/pricing")) == expected
    assert flows(walk(*rows, start="/pricing/")) == expected
    assert flows(walk(*rows, start="/")) == {
        ("1_/", "2_/about"): 2,
        ("1_/", "2_/pricing"): 2,
        ("2_/pricing", "3_/about"): 1,
    }


@pytest.mark.django_db
def test_to_an_end(walk) -> None:
    """To its first time, by the last steps before it."""
    assert flows(walk(visit(1, *"abcbd"), end="b")) == steps("a", "b")
    assert flows(walk(visit(1, *"abcdefg"), end="f", depth=3)) == steps("d", "e", "f")
    assert flows(walk(visit(1, "a", "b"), end="z")) == {}


@pytest.mark.django_db
def test_from_a_start_to_an_end(walk) -> None:
    rows = [
        visit(1, "/1", "/2", "/3", "/4", "/5", "/about", "/after"),
        visit(2, "/5", "/about"),
        visit(3, "/3", "/4", "/about", "/after"),
    ]
    assert flows(walk(*rows, start="/5", end="/about")) == steps("/5", "/about", people=2)
    assert flows(walk(*rows, start="/about", end="/5")) == {}
    answer = walk(*rows, start="/2", end="/about", depth=4)  # what is too long is cut in the middle
    assert flows(answer) == steps("/2", "/3", "...", "/5", "/about")
    assert {link["median_seconds"] for link in answer["links"]} == {60}
    assert flows(walk(*rows, start="/2", end="/about")) == steps("/2", "/3", "/4", "/5", "/about")


@pytest.mark.django_db
def test_start_end_and_exclusions_may_be_selectors(walk) -> None:
    pro = {"event": "plan", "filters": [{"property": "name", "operator": "is", "value": "pro"}]}
    rows = [
        event(1, "2025-03-01T10:00", "open"),
        event(1, "2025-03-01T10:01", "plan", properties={"name": "free"}),
        event(1, "2025-03-01T10:02", "help"),
        event(1, "2025-03-01T10:03", "plan", properties={"name": "pro"}),
        event(1, "2025-03-01T10:04", "plan", properties={"name": "free"}),
        event(1, "2025-03-01T10:05", "done"),
    ]
    assert flows(walk(rows, start=pro)) == steps("plan", "done")  # of a repeated step any event may be it
    assert flows(walk(rows, end=pro)) == steps("open", "plan", "help", "plan")
    assert flows(walk(rows, exclude=[pro, "open"])) == steps("plan", "help", "plan", "done")
    assert flows(walk(rows, exclude=[{"event": None}])) == {}


@pytest.mark.django_db
def test_passive_events_are_steps_only_where_they_are_asked_for(walk) -> None:
    rows = [*visit(1, "a", "b", "c"), event(1, "2025-03-01T10:00:30", "shown", flags=1)]
    assert flows(walk(rows)) == steps("a", "b", "c")
    assert flows(walk(rows, start="shown")) == steps("shown", "b", "c")


@pytest.mark.django_db
def test_filters_choose_the_events(walk) -> None:
    rows = [*visit(1, "a", "b"), event(1, "2025-03-01T10:00:30", "x", platform="ios")]
    web = [{"property": "platform", "operator": "is", "value": "web"}]
    assert flows(walk(rows)) == steps("a", "x", "b")
    assert flows(walk(rows, filters=web)) == steps("a", "b")


BUSY = [visit(actor, "/1", "/2", "/3", "/4", "/5", "/about", "/after") for actor in range(1, 6)]
DETOURS = [visit(7, "/2", "/a", "/x", "/about"), visit(8, "/2", "/b", "/x", "/about")]


@pytest.mark.django_db
def test_links_beyond_those_shown_are_told(walk) -> None:
    """What no shown link leads to from a first step on isn't shown either."""
    answer = walk(*BUSY, *DETOURS, start="/2", links_shown=6)
    assert flows(answer) == {**steps("/2", "/3", "/4", "/5", "/about", people=5), ("1_/2", "2_/a"): 1}
    # Not shown: /x to /about, by both; /2 to /b; and from there and from /a to /x.
    assert answer["left_out"] == {"links": 4, "people": 2}
    everything = walk(*BUSY, *DETOURS, start="/2")
    assert len(everything["links"]) == 9
    assert everything["left_out"] == {"links": 0, "people": 0}


@pytest.mark.django_db
def test_people_behind_a_link(ask, walk) -> None:
    answer = walk(*BUSY, *DETOURS, start="/2")
    for link in answer["links"]:
        point = {"link": [link["source"], link["target"]]}
        assert ask("paths/people", **DAYS, start="/2", point=point)["count"] == link["people"]
    missing = ask("paths/people", **DAYS, start="/2", point={"link": ["1_/2", "2_/nowhere"]})
    assert missing["count"] == 0
    ask("paths/people", role="viewer", expect=403, **DAYS, point={"link": ["1_/2", "2_/3"]})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "link", [[], ["1_/2"], ["1_/2", "3_/3"], ["/2", "2_/3"], ["0_a", "1_b"], "1_/2", ["1_", "2_a"], ["a_b", "c_d"]]
)
def test_what_is_no_link(ask, link: Any) -> None:
    assert "point" in ask("paths/people", expect=400, **DAYS, point={"link": link})["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"depth": 1},
        {"depth": 21},
        {"links_shown": 501},
        {"start": 5},
        {"start": ""},
        {"start": "x" * 501},
        {"end": {"event": "a", "filters": [{"property": "a", "operator": "like"}]}},
        {"exclude": "x"},
        {"exclude": ["x"] * 51},
    ],
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any]) -> None:
    assert set(ask("paths", expect=400, **DAYS, **body)["errors"]) == set(body)


@pytest.mark.django_db
def test_viewers_learn_nothing_of_who_somebody_is(ask) -> None:
    mail = {"event": None, "filters": [{"property": "person.email", "operator": "is", "value": "a@example.org"}]}
    ask("paths", role="viewer", expect=403, **DAYS, start=mail)


@pytest.mark.django_db
def test_nothing_happened(walk) -> None:
    answer = walk()
    assert (answer["nodes"], answer["links"], answer["left_out"]) == ([], [], {"links": 0, "people": 0})
    assert walk(visit(1, "a"))["links"] == []  # a path of one step has no link


@pytest.mark.django_db
def test_names_are_never_part_of_the_query(walk) -> None:
    evil = "'); DROP TABLE events; --"
    assert flows(walk(visit(1, "a", evil, "b"), start=evil)) == steps(evil, "b")


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


points = st.sampled_from([None, None, "a", "/b"])


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=activity(),
    start=points,
    end=points,
    exclude=st.sampled_from([(), (), ("c",), ("/", "c")]),
    depth=st.integers(2, 6),
)
def test_equals_brute_force(duckdb, world: World, start: str, end: str, exclude: tuple[str, ...], depth: int) -> None:
    days = {"first": date(2025, 3, 8), "last": date(2025, 3, 15)}
    question = Paths(**days, start=start, end=end, exclude=exclude, depth=depth, links_shown=500)
    asking = Asking(world.on(duckdb))
    answer = paths.answer(asking, question)
    found = {(link.pop("source"), link.pop("target")): link for link in answer["links"]}
    expected = links(world, Asked(start, end, exclude, depth))
    assert found == {ends: pytest.approx(link) for ends, link in expected.items()}
    assert answer["left_out"] == {"links": 0, "people": 0}
    for (source, target), link in list(found.items())[:2]:
        point = Point(int(source.split("_")[0]), source.split("_", 1)[1], target.split("_", 1)[1])
        behind = paths.people(asking, question, point).select("person").distinct()
        assert behind.count().to_pyarrow().as_py() == link["people"]


def test_events_of_one_instant_are_in_the_order_of_their_sources_and_ids(duckdb: ibis.BaseBackend) -> None:
    same = {"at_us": at("2025-03-01T10:00")}
    rows = [event(1, "2025-03-01T10:00", name, **same, message_id=name) for name in ("b", "a")]
    rows.append(event(1, "2025-03-01T10:00", "c", **same, message_id="0", source=2))
    day = date(2025, 3, 1)
    answer = paths.answer(Asking(World(events=rows).on(duckdb)), Paths(first=day, last=day))
    assert flows(answer) == steps("a", "b", "c")
