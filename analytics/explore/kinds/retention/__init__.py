"""Retention: of the people who started in a period, how many come back in later ones.

A cohort is everyone whose first start event ever, or any start event, lies in a period. Column 0
of its row is its size; every further column counts those who come back between two distances.
"""

from typing import Any

import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.kinds.retention import masks, rows
from analytics.explore.kinds.retention.question import Point, Retention
from analytics.explore.periods import now_us
from analytics.metrics.intervals import Share, differences, wilson

__all__ = ["Point", "Retention", "answer", "people"]


def answer(asking: Asking, retention: Retention) -> dict[str, Any]:
    """``cohorts``, one for each period, with how many came back in each of ``columns`` and which are over.

    ``average`` is of each column over the cells that are over, weighted by the cohorts' sizes. It
    has an interval if everyone is in one cohort only. Only then are the ``early_late`` halves of the
    cohorts compared.
    """
    counted = masks.cells if asking.is_embedded and masks.can_take(retention) else rows.cells
    cells, now = counted(asking, retention), now_us()
    cohorts = []
    for cohort, period in enumerate(retention.cohorts.labels):
        columns = retention.columns_of(cohort)
        returned = [cells.get((cohort, place), 0) for place in range(len(columns))]
        complete = [retention.over_us(cohort, column) <= now for column in columns]
        cohorts.append({"period": period, "size": returned[0], "returned": returned, "complete": complete})
    return {
        "cohorts": cohorts,
        "columns": [{"from": column.first, "to": column.last} for column in retention.columns],
        "average": [_average(retention, cohorts, place) for place in range(len(retention.columns))],
        "early_late": _early_late(retention, cohorts) if retention.mode == "first_time" and len(cohorts) > 1 else None,
    }


def people(asking: Asking, retention: Retention, point: Point) -> ir.Table | None:
    """Those behind one cell."""
    return rows.behind(asking.tables, retention, point)


def _average(retention: Retention, cohorts: list[dict[str, Any]], place: int) -> dict[str, Any]:
    share = _pooled(cohorts, place)
    low, high = (retention.mode == "first_time" and wilson(share)) or (None, None)
    return {"value": share.value, "numerator": share.part, "denominator": share.whole, "low": low, "high": high}


def _pooled(cohorts: list[dict[str, Any]], place: int) -> Share:
    """Of the people in those cohorts whose cell is over, how many came back in a column."""
    over = [cohort for cohort in cohorts if place < len(cohort["complete"]) and cohort["complete"][place]]
    return Share(sum(cohort["returned"][place] for cohort in over), sum(cohort["size"] for cohort in over))


def _early_late(retention: Retention, cohorts: list[dict[str, Any]]) -> dict[str, Any]:
    """The first half of the cohorts beside the others, which are more of an odd number, from the second column on."""
    half = len(cohorts) // 2
    early, late = (
        [_pooled(part, place) for place in range(1, len(retention.columns))]
        for part in (cohorts[:half], cohorts[half:])
    )
    return {
        "late_from": cohorts[half]["period"],
        "columns": [
            {
                "early": {"value": one.value, "numerator": one.part, "denominator": one.whole},
                "late": {"value": other.value, "numerator": other.part, "denominator": other.whole},
                "low": reach[0] if reach else None,
                "high": reach[1] if reach else None,
            }
            for one, other, reach in zip(early, late, differences(late, early), strict=True)
        ],
    }
