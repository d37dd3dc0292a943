"""Who joins, and which teams work together."""

import ibis.expr.types as ir

from analytics.metrics.scope import Scope

TEAM = 2  # people from whom on a workspace is collaborative


def signups(scope: Scope) -> ir.Table:
    """``period, dimensions, signups``: people in the period of their first signup, as they were on that day."""
    found = scope.within(scope.sample.signups)
    people = found.rows.distinct()
    return found.named(people.group_by([*found.keys, "period"]).aggregate(signups=people.count()))


def workspaces(scope: Scope) -> ir.Table:
    """``period, dimensions, collaborative_workspaces``: accounts with two or more active people."""
    found = scope.within(scope.sample.account_days)
    members = found.rows.distinct()
    accounts = members.group_by([*found.keys, "period", "account"]).aggregate(people=members.count())
    accounts = accounts.filter(accounts.people >= TEAM)
    return found.named(accounts.group_by([*found.keys, "period"]).aggregate(collaborative_workspaces=accounts.count()))
