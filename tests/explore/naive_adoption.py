"""Adoption, slowly and obviously: one person and one feature after the other."""

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from analytics.explore.kinds.adoption import Adoption
from analytics.metrics.features import Rule
from tests.metrics.world import World

PASSIVE, BOT = 1, 2


def answer(world: World, question: Adoption) -> dict[str, Any]:
    created: dict[int, int] = {}
    actions = defaultdict(list)
    for row in world.events:
        person = world.identities.get(row["actor"], row["actor"])
        day = datetime.fromtimestamp(row["at_us"] / 10**6, ZoneInfo(question.timezone)).date()
        if row["actor"] == 0 or row["flags"] & BOT or day > question.last:
            continue
        created[person] = min(created.get(person, row["at_us"]), row["at_us"])
        own = row["type"] in ("track", "page", "screen") and not row["flags"] & PASSIVE
        if own and all(row["platform"] == condition.value for condition in question.filters):
            actions[person].append((row["at_us"], day, row))
    active = sum(any(day >= question.first for _, day, _ in did) for did in actions.values())
    chosen: list[tuple[str, Any]] = [(one.key, one.rules) for one in question.features]
    if not chosen:
        names = {row["event"] for did in actions.values() for _, day, row in did if day >= question.first}
        chosen = [(name, (Rule("event", "exact", name),)) for name in names]
    lines = []
    for key, rules in chosen:
        users = times = could_return = returned = 0
        waits = []
        for person, did in actions.items():
            uses = sorted((at, day) for at, day, row in did if any(matches(rule, row) for rule in rules))
            on_days = [day for _, day in uses if day >= question.first]
            if not on_days:
                continue
            users, times = users + 1, times + len(on_days)
            waits.append(uses[0][0] - created[person])
            began = period(uses[0][1], question)
            if uses[0][1] >= question.first and began < period(question.last, question):
                could_return += 1
                returned += any(period(day, question) > began for _, day in uses)
        lines.append(
            {
                "feature": key,
                "name": key if not question.features else "",
                "area": "",
                "people": users,
                "active": active,
                "share": users / active if active else None,
                "times": times,
                "first_use_median_seconds": float(median(waits) / 10**6) if waits else None,
                "retained": returned / could_return if could_return else None,
                "returned": returned,
                "could_return": could_return,
            }
        )
    if not question.features:
        lines.sort(key=lambda line: (-line["people"], line["feature"]))
    return {"by": "feature" if question.features else "event", "active": active, "features": lines}


def matches(rule: Rule, row: dict[str, Any]) -> bool:
    text = row[rule.target]
    if rule.match == "exact":
        return text == rule.pattern
    if rule.match == "prefix":
        return text.startswith(rule.pattern)
    return text != "" and re.search(rule.pattern, text) is not None


def period(day: date, question: Adoption) -> date:
    if question.grain == "month":
        return day.replace(day=1)
    if question.grain == "week":
        return day - timedelta(days=(day.weekday() - question.week_start) % 7)
    return day


def median(numbers: list[int]) -> Fraction:
    ordered, middle = sorted(numbers), len(numbers) // 2
    return Fraction(ordered[middle]) if len(numbers) % 2 else Fraction(ordered[middle - 1] + ordered[middle], 2)
