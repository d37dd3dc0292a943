"""Features: named sets of events and pages, which are told when events are read.

Events carry no feature: a rule that is changed today changes what an event of last year belongs to.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from analytics.metrics.portable import matches

Target = Literal["event", "page"]
Match = Literal["exact", "prefix", "regex"]


@dataclass(frozen=True)
class Rule:
    """Events of a name, or sent from a page: of its path, or of a screen's name.

    ``exact`` and ``prefix`` heed case. ``regex`` is of the RE2 kind, found anywhere in the text.
    """

    target: Target
    match: Match
    pattern: str


@dataclass(frozen=True)
class Feature:
    """``area`` is the key of its core area; empty: it is in none."""

    key: str
    name: str
    area: str
    rules: tuple[Rule, ...]


def met(rows: ir.Table, rules: Collection[Rule]) -> ir.BooleanValue:
    """Whether any of the rules matches each row, which has ``event`` and ``page``; an empty page is none."""
    found = []
    for target in ("event", "page"):
        text = rows[target]
        of_target = [rule for rule in rules if rule.target == target]
        if exact := sorted({rule.pattern for rule in of_target if rule.match == "exact"}):
            found.append(text.isin(exact))
        found += [text.startswith(rule.pattern) for rule in of_target if rule.match == "prefix"]
        found += [(text != "") & matches(text, rule.pattern) for rule in of_target if rule.match == "regex"]
    return ibis.or_(*found) if found else ibis.literal(False)


def first_feature(rows: ir.Table, features: Sequence[Feature]) -> ir.StringValue:
    """The key of the first feature that each row belongs to, in the order given; empty: of none."""
    return _first(rows, features, lambda feature: feature.key)


def first_area(rows: ir.Table, features: Sequence[Feature]) -> ir.StringValue:
    """The core area of the first feature that each row belongs to and that is in one; empty: of none."""
    return _first(rows, [feature for feature in features if feature.area], lambda feature: feature.area)


def belonging(rows: ir.Table, features: Collection[Feature]) -> ir.Table:
    """``rows`` with the key of their ``feature``: once for each feature they belong to.

    Rules are tried once for each pair of name and page, of which there are far fewer than events.
    """
    names = rows.select("event", "page").distinct()
    keys = ibis.array([ibis.ifelse(met(names, feature.rules), feature.key, "") for feature in features])
    belongs = names.select(of_event="event", of_page="page", feature=keys.unnest()).filter(ibis._.feature != "")
    joined = rows.join(belongs, [rows.event == belongs.of_event, rows.page == belongs.of_page])
    return joined.drop("of_event", "of_page")


def _first(rows: ir.Table, features: Sequence[Feature], told: Callable[[Feature], str]) -> ir.StringValue:
    if not features:
        return ibis.literal("")
    return ibis.cases(*((met(rows, feature.rules), told(feature)) for feature in features), else_="")
