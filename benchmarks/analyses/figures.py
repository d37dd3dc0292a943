"""The figures of an answer by what they are of, so that those of two engines can be held against each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isclose
from typing import Any

Found = dict[tuple[str, ...], float]
"""Keys of a row and the name of a figure in it → its value. What is 0 or not there is left out."""

FUNNEL_FIGURES = ("count", "mean_seconds", "median_seconds", "p90_seconds")
STATUSES = ("new", "returning", "resurrected", "dormant")
SESSION_FIGURES = (
    *("count", "mean_seconds", "median_seconds", "p90_seconds"),
    *("bounce_rate", "per_person_per_week"),
)
ADOPTION_FIGURES = ("people", "times", "first_use_median_seconds", "returned", "could_return")


def of_answer(kind: str, answer: dict[str, Any]) -> Found:
    return _found(_ROWS[kind](answer))


def of_rows(names: Sequence[str], rows: Iterable[Sequence[Any]], keys: int) -> Found:
    """Of rows whose first ``keys`` columns say what they are of."""
    return _found((tuple(map(str, row[:keys])), dict(zip(names[keys:], row[keys:], strict=True))) for row in rows)


def require_equal(what: str, ours: Found, theirs: Found) -> None:
    """Raise unless all figures that the other engine gives are equal here; it may give fewer by name."""
    given = {key[-1] for key in theirs}
    different = [
        key
        for key in ours.keys() | theirs.keys()
        if key[-1] in given and not isclose(ours.get(key, 0), theirs.get(key, 0), rel_tol=1e-9, abs_tol=1e-9)
    ]
    if different or not theirs:
        told = [f"{key}: {ours.get(key)} here, {theirs.get(key)} there" for key in sorted(different)[:5]]
        raise RuntimeError(f"{what}: {len(different)} figures differ. {'; '.join(told)}")


def _found(rows: Iterable[tuple[tuple[str, ...], Mapping[str, Any]]]) -> Found:
    return {(*key, name): float(value) for key, values in rows for name, value in values.items() if value}


_Rows = Iterable[tuple[tuple[str, ...], Mapping[str, Any]]]


def _trend(answer: dict[str, Any]) -> _Rows:
    """By their measures, which are the last words of their labels."""
    for line in answer["series"]:
        measure = line["label"].split()[-1]
        for day, value in zip(answer["periods"], line["values"], strict=True):
            yield (day,), {measure: value}


def _funnel(answer: dict[str, Any]) -> _Rows:
    return (((str(step["index"]),), {name: step[name] for name in FUNNEL_FIGURES}) for step in answer["steps"])


def _retention(answer: dict[str, Any]) -> _Rows:
    for cohort, row in enumerate(answer["cohorts"]):
        for offset, people in enumerate(row["returned"]):
            yield (str(cohort), str(offset)), {"people": people}


def _lifecycle(answer: dict[str, Any]) -> _Rows:
    for number, period in enumerate(answer["periods"]):
        yield (period,), {status: answer[status][number] for status in STATUSES}


def _stickiness(answer: dict[str, Any]) -> _Rows:
    return (((str(periods),), {"people": people}) for periods, people in enumerate(answer["counts"], start=1))


def _paths(answer: dict[str, Any]) -> _Rows:
    yield ("", ""), {f"left_out_{name}": count for name, count in answer["left_out"].items()}
    for link in answer["links"]:
        yield (link["source"], link["target"]), {name: link[name] for name in ("people", "paths", "median_seconds")}


def _sessions(answer: dict[str, Any]) -> _Rows:
    yield (), {name: answer[name] for name in SESSION_FIGURES}


def _adoption(answer: dict[str, Any]) -> _Rows:
    return (((one["feature"],), {name: one[name] for name in ADOPTION_FIGURES}) for one in answer["features"])


def _concentration(answer: dict[str, Any]) -> _Rows:
    yield (), {"people": answer["people"]["all"], **{name: answer[name] for name in ("events", "gini", "share_of_top")}}


_ROWS: dict[str, Callable[[dict[str, Any]], _Rows]] = {
    "trend": _trend,
    "funnel": _funnel,
    "retention": _retention,
    "lifecycle": _lifecycle,
    "stickiness": _stickiness,
    "paths": _paths,
    "sessions": _sessions,
    "adoption": _adoption,
    "concentration": _concentration,
}
