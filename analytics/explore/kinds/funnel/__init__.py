"""Funnels: how many people do one thing after another, where they stop, and how long it takes them."""

from dataclasses import replace
from typing import Any

import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.kinds.funnel import views
from analytics.explore.kinds.funnel.question import Funnel, Point
from analytics.explore.periods import now_us


def answer(asking: Asking, funnel: Funnel) -> dict[str, Any]:
    """``steps``, ``periods`` or ``bins``, as ``view`` asks; with a breakdown under ``breakdown``, for each value."""
    if funnel.view == "trend":
        return views.trend(asking, funnel.as_looked_at(), now_us())
    if funnel.view == "time_to_convert":
        return views.time_to_convert(asking, replace(funnel, breakdown=None))
    return views.steps(asking, funnel)


def people(asking: Asking, funnel: Funnel, point: Point) -> ir.Table:
    """Those behind one figure, by the very attempts that are counted."""
    return views.people(asking, funnel.as_looked_at(), point)
