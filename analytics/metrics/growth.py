"""Who joins, and which teams work together."""

import ibis.expr.types as ir

from analytics.metrics.scope import Scope

TEAM = 2  # people from whom on a workspace is collaborative


def signups(scope: Scope) -> ir.Table:
    """``period, dimensions, signups``: people in the period of their first signup, as they were on that day."""
    sample = scope.sample
    days = sample.user_days.filter(sample.user_days.signup_us > 0)
    who = sample.people.select("person", first_signup_us="signup_us")
    first = days.join(who, [days.person == who.person, days.signup_us == who.first_signup_us])
    found = sample.cubed(first.select("person", "day", *sample.dimensions))
    people = scope.within(found.rows).distinct()
    return found.named(people.group_by([*found.keys, "period"]).aggregate(signups=people.count()))


def workspaces(scope: Scope) -> ir.Table:
    """``period, dimensions, collaborative_workspaces``: accounts with two or more active people."""
    sample = scope.sample
    days = sample.tables.user_day
    active = days.filter(days.day.between(scope.first_period, scope.last), days.active_events > 0)
    active = sample.resolved(active, "account")
    active = active.filter(active.account != "")
    found = sample.cubed(active.select("person", "day", "account", *sample.dimensions))
    members = scope.within(found.rows).distinct()
    accounts = members.group_by([*found.keys, "period", "account"]).aggregate(people=members.count())
    accounts = accounts.filter(accounts.people >= TEAM)
    return found.named(accounts.group_by([*found.keys, "period"]).aggregate(collaborative_workspaces=accounts.count()))
