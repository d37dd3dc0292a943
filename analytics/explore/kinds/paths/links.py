"""The links of paths in SQL that every engine has."""

import ibis
import ibis.expr.types as ir

from analytics.explore.kinds.paths.question import LINK, PATH, SILENCE_US, SKIPPED, Choice, Paths
from analytics.explore.selecting import Selector, happened
from analytics.metrics.facts import item
from analytics.metrics.quantiles import quantile
from analytics.metrics.tables import Tables


def ranked(links: ir.Table, most: int) -> ir.Table:
    """``LINK, people, paths, place, links, median_us`` of ``most`` links, in the order of their places."""
    every = counted(links)
    top = every.filter(every.place < most)
    medians = quantile(links.semi_join(top, LINK), LINK, "took_us", median_us=(1, 2))
    return top.join(medians, LINK).order_by("place")


def counted(links: ir.Table) -> ir.Table:
    """``LINK, people, paths, place, links``: of all ``links`` the one that most people take is at place 0."""
    takers = links.select(*LINK, "person").distinct()
    by_people = takers.group_by(*LINK).aggregate(people=takers.count())
    by_paths = links.group_by(*LINK).aggregate(paths=links.count())
    counted = by_people.join(by_paths, LINK)
    order = [counted.people.desc(), counted.paths.desc(), *(counted[name] for name in LINK)]
    return counted.mutate(place=ibis.row_number().over(order_by=order), links=counted.count().over(ibis.window()))


def links(tables: Tables, question: Paths) -> ir.Table:
    """``person, LINK, took_us`` of every two steps that follow each other in a path."""
    steps = _steps(question, _items(_events(tables, question)))
    before = ibis.window(group_by=PATH, order_by="step")
    rows = steps.mutate(
        source=steps.name.lag(1, "").over(before), took_us=steps.at_us - steps.at_us.lag(1, 0).over(before)
    )
    return rows.filter(rows.step > 1).select("person", "source", "took_us", step=rows.step - 1, target="name")


def _events(tables: Tables, question: Paths) -> ir.Table:
    """``person, session_id, at_us, source, message_id, name`` of what paths are made of, and whether it ``begins`` or
    ``ends`` one.

    Active events, and passive ones that are asked for as a beginning or an end.
    """
    points = [Selector(point) if isinstance(point, str) else point for point in (question.start, question.end) if point]
    left_out = (choice for choice in question.exclude if isinstance(choice, Selector))
    also = [condition.property for choice in left_out for condition in choice.filters]
    rows = happened(tables, question, [Selector(), *points], also)
    rows = rows.mutate(name=item(rows))
    for choice in question.exclude:
        rows = rows.filter(~_chosen(rows, choice))
    return rows.select(
        *("person", "session_id", "at_us", "source", "message_id", "name"),
        begins=ibis.ifelse(_chosen(rows, question.start), 1, 0),
        ends=ibis.ifelse(_chosen(rows, question.end), 1, 0),
    )


def _chosen(rows: ir.Table, choice: Choice | None) -> ir.BooleanValue:
    if choice is None:
        return ibis.literal(False)
    if isinstance(choice, Selector):
        return choice.chooses(rows)
    return rows.name.isin(sorted({choice, choice.removesuffix("/") or choice}))


def _items(events: ir.Table) -> ir.Table:
    """``PATH, place, name, at_us, begins, ends``: events of a path, the same ones in a row as the last one of them.

    A path ends where the session does that its events were sent with, and without one after more
    than 30 minutes of silence. Places are in order and without gaps, and begin anywhere.
    """
    before = ibis.window(group_by="person", order_by=["session_id", "at_us", "source", "message_id"])
    rows = events.select(
        *("person", "name", "at_us", "begins", "ends"),
        position=ibis.row_number().over(before),
        changes=events.name != events.name.lag(1, "").over(before),
        parts=(events.session_id != events.session_id.lag(1, "").over(before))
        | ((events.session_id == "") & (events.at_us - events.at_us.lag(1, 0).over(before) > SILENCE_US)),
    )
    so_far = ibis.cumulative_window(group_by="person", order_by="position")
    rows = rows.mutate(
        path=ibis.ifelse(rows.parts, 1, 0).sum().over(so_far),
        place=ibis.ifelse(rows.parts | rows.changes, 1, 0).sum().over(so_far),
    )
    return rows.group_by(*PATH, "place").aggregate(
        name=rows.name.min(), at_us=rows.at_us.max(), begins=rows.begins.max(), ends=rows.ends.max()
    )


def _steps(question: Paths, items: ir.Table) -> ir.Table:
    """``PATH, step, name, at_us``: items from the start to the end asked for, as many as are shown, counted from 1."""
    if question.start is not None:
        starts = items.filter(items.begins == 1).group_by(*PATH).aggregate(start=ibis._.place.min())
        items = items.join(starts, PATH)
        items = items.filter(items.place >= items.start).drop("start")
    if question.end is not None:
        ends = items.filter(items.ends == 1).group_by(*PATH).aggregate(end=ibis._.place.min())
        items = items.join(ends, PATH)
        items = items.filter(items.place <= items.end).drop("end")
    spans = items.group_by(*PATH).aggregate(low=items.place.min(), high=items.place.max())
    rows = items.join(spans, PATH)
    rows = rows.mutate(step=rows.place - rows.low + 1, length=rows.high - rows.low + 1)
    rows = _shortened(question, rows)
    return rows.select(*PATH, "step", "name", "at_us")


def _shortened(question: Paths, rows: ir.Table) -> ir.Table:
    """At most ``depth`` steps of each path: its first, or its last where only an end is asked for.

    Between a start and an end, half of them from either side and one for all that lies between.
    """
    depth = question.depth
    if question.end is None:
        return rows.filter(rows.step <= depth)
    too_many = ibis.greatest(rows.length - depth, 0)
    if question.start is None:
        rows = rows.mutate(step=rows.step - too_many)
        return rows.filter(rows.step > 0)
    half = depth // 2
    is_long = too_many > 0
    rows = rows.filter(~is_long | (rows.step <= half + 1) | (rows.step > rows.length - half))
    return rows.mutate(
        name=ibis.ifelse(is_long & (rows.step == half + 1), SKIPPED, rows.name),
        step=ibis.ifelse(is_long & (rows.step > half + 1), rows.step - rows.length + 2 * half + 1, rows.step),
    )
