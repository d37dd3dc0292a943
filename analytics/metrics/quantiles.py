"""Exact quantiles on every engine, by numbering rows: some engines' own functions only sample."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt


def quantile(rows: ir.Table, keys: Sequence[str], column: str, **wanted: tuple[int, int]) -> ir.Table:
    """``keys`` and a column for each quantile wanted, given as a fraction: ``median=(1, 2), p90=(9, 10)``.

    The quantile q of n sorted values lies at place q × (n − 1), counted from 0, interpolated
    linearly between the two values beside it; so the median of an even number is the mean of the
    middle two. Places are worked out in whole numbers.
    """
    # A group is numbered, for rows are sorted faster by one number than by several keys.
    if keys:
        totals = rows.group_by(keys).aggregate(total=rows.count())
        groups = totals.mutate(group=ibis.row_number().over(order_by=[totals[name] for name in keys]))
        grouped = rows.join(groups, keys)
    else:
        grouped = rows.cross_join(rows.aggregate(total=rows.count())).mutate(group=ibis.literal(0))
    placed = grouped.mutate(place=ibis.row_number().over(group_by=grouped.group, order_by=grouped[column]))

    def part(numerator: int, denominator: int) -> ir.FloatingScalar:
        scaled = numerator * (placed.total - 1)
        below = scaled // denominator
        rest = (scaled - below * denominator).cast("float64") / denominator
        weight = ibis.cases((placed.place == below, 1 - rest), (placed.place == below + 1, rest), else_=0.0)
        return (placed[column] * weight).sum()

    parts = {name: part(*fraction) for name, fraction in wanted.items()}
    return placed.group_by(keys).aggregate(**parts) if keys else placed.aggregate(**parts)


def quantile_of(values: npt.NDArray[np.float64], numerator: int, denominator: int) -> float:
    """The same of sorted values, of which there is one at least."""
    below, rest = divmod(numerator * (len(values) - 1), denominator)
    if not rest:
        return float(values[below])
    weight = rest / denominator
    return float(values[below] * (1 - weight) + values[below + 1] * weight)
