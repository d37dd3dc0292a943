"""An analysis's SQL: the statements that run here, also in the words of another engine."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from analytics.explore.analyses import BY_KIND
from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.selecting import Question
from analytics.explore.sent import sent_properties
from analytics.metrics.calendar import today
from analytics.rollups.goals import goal_events
from analytics.rollups.models import Goal
from analytics.store.reading import snapshot


def analysis_sql(kind: str, question: Question, dialect: str) -> list[str]:
    """The statements that answer a question in a dialect, in the order in which they are asked.

    The analysis runs, since what a breakdown shows or how far back it looks depends on the data.
    """
    with snapshot() as tables:
        asking = Asking(tables, dialect)
        KINDS[kind].answer(asking, question)
        return asking.texts


def sql_as_it_ran(kind: str, question: Question) -> str:
    """What an answer was worked out by: it is, once more."""
    with snapshot(properties=sent_properties(question), when_used=True) as tables:
        asking = Asking(tables, threads=settings.QUERY_THREADS)
        KINDS[kind].answer(asking, question)
        return asking.text


def usual_body(kind: str, zone: str, days: int = 90) -> dict[str, Any]:
    """The kind's example of the last days, with this installation's goals for its events: signup, then key actions."""
    example = {name: value for name, value in BY_KIND[kind].example.items() if name not in ("filters", "segment")}
    names = list(dict.fromkeys(_events_in(example)))
    goals = goal_events(Goal.Role.KEY_ACTION)
    if len(names) > 1:
        goals = [*goal_events(Goal.Role.SIGNUP)[:1], *goals]
    last = today(zone)
    asked = _renamed(example, dict(zip(names, goals, strict=False)))
    return {**asked, "from": _text(last - timedelta(days=days - 1)), "to": _text(last)}


def _text(day: date) -> str:
    return day.isoformat()


def _events_in(asked: Any) -> Iterator[str]:
    if isinstance(asked, dict):
        if isinstance(name := asked.get("event"), str):
            yield name
        asked = list(asked.values())
    if isinstance(asked, list):
        for part in asked:
            yield from _events_in(part)


def _renamed(asked: Any, names: dict[str, str]) -> Any:
    if isinstance(asked, dict):
        return {
            key: names.get(value, value) if key == "event" and isinstance(value, str) else _renamed(value, names)
            for key, value in asked.items()
        }
    return [_renamed(part, names) for part in asked] if isinstance(asked, list) else asked
