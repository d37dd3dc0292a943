"""Funnels asked of worlds that are written as text."""

from typing import Any, Protocol

import pytest

from tests.explore.peers.journeys import SINCE, exclusions, journeys, steps

DAYS = ("2021-05-01", "2021-05-14")


class Funnel(Protocol):
    def __call__(self, people: str, asked: str, since: str = SINCE, path: str = "funnel", **body: Any) -> Any: ...


def body(asked: str, days: tuple[str, str] = DAYS, window: str = "14 day", **more: Any) -> dict[str, Any]:
    """The body of a request, from a text of steps; ``excluding`` is one of exclusions."""
    count, unit = window.split()
    whole = {"from": days[0], "to": days[1], "steps": steps(asked), "window": {"value": int(count), "unit": unit}}
    if excluding := more.pop("excluding", ""):
        whole["exclusions"] = exclusions(excluding)
    return whole | more


@pytest.fixture
def funnel(use, ask) -> Funnel:
    def funnel(people: str, asked: str, since: str = SINCE, path: str = "funnel", **more: Any) -> Any:
        use(journeys(people, since).world)
        return ask(path, **{"series": None, "expect": more.pop("expect", 200), **body(asked, **more)})

    return funnel


@pytest.fixture
def behind(funnel):
    """The names of those behind a figure."""

    def behind(people: str, asked: str, point: dict[str, Any], since: str = SINCE, **more: Any) -> list[str]:
        answer = funnel(people, asked, since, "funnel/people", point=point, **more)
        names = journeys(people, since).names
        return sorted(names[each["id"]] for each in answer["results"])

    return behind
