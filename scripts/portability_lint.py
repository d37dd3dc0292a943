"""The portability lint: what engines answer differently may not stand in metrics and analyses.

Exits with 1 and a line for each finding. Tested in ``tests/metrics/test_portability_lint.py``.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("analytics/metrics", "analytics/explore/kinds")

APPROXIMATE = "is approximate or sampled on some engines"
TIME = "depends on the engine's clock, calendar or zone data: use analytics.metrics.calendar"
BANNED = {
    "nunique": f"{APPROXIMATE}: use .distinct().count()",
    "approx_nunique": f"{APPROXIMATE}: use .distinct().count()",
    "quantile": f"{APPROXIMATE}: use analytics.metrics.quantiles",
    "median": f"{APPROXIMATE}: use analytics.metrics.quantiles",
    "approx_quantile": f"{APPROXIMATE}: use analytics.metrics.quantiles",
    "approx_median": f"{APPROXIMATE}: use analytics.metrics.quantiles",
    "asof_join": "not every engine has it",
    "sql": "is one engine's own text",
    "raw_sql": "is one engine's own text",
    **dict.fromkeys(
        (
            "to_timestamp", "as_timestamp", "from_timestamp", "epoch_seconds", "day_of_week", "day_of_year",
            "truncate", "strftime", "as_date", "to_date", "year", "quarter", "month",
            "week_of_year", "hour", "minute", "delta", "bucket",
        ),
        TIME,
    ),
}  # fmt: skip
BANNED_OF_IBIS = {"now", "today", "timestamp", "interval", "date", "time"}  # Python's own of these names are fine
AGGREGATES = {"sum", "mean", "min", "max", "count", "any_value", "first", "last", "collect", "std", "var"}
WITHOUT_NULL = "relies on NULL: count with ifelse(…, 1, 0).sum(), or filter first"


def findings(source: str) -> Iterator[tuple[int, str]]:
    """``(line, reason)`` of everything in ``source`` that isn't portable."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        if name in BANNED or (name in BANNED_OF_IBIS and isinstance(owner, ast.Name) and owner.id == "ibis"):
            yield node.lineno, f"{name}() {BANNED.get(name, TIME)}"
        if name in AGGREGATES and (any(word.arg == "where" for word in node.keywords) or _is_nullable(owner)):
            yield node.lineno, f"a conditional {name}() {WITHOUT_NULL}"


def _is_nullable(value: ast.expr) -> bool:
    """Whether an aggregated value is NULL where a condition doesn't hold."""
    for node in ast.walk(value):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in {"nullif", "null"}:
            return True
        if node.func.attr == "cases" and not any(word.arg == "else_" for word in node.keywords):
            return True
        if node.func.attr == "ifelse" and any(
            isinstance(part, ast.Constant) and part.value is None for part in node.args
        ):
            return True
    return False


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {reason}"
        for room in ROOMS
        for path in sorted((ROOT / room).glob("**/*.py"))
        for line, reason in findings(path.read_text())
    ]
    print("\n".join(found) or f"{' and '.join(ROOMS)} are portable.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
