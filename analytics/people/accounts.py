"""Accounts, and the traits that group calls send of them."""

from collections.abc import Iterable, Mapping

from analytics.people.batch import SentTraits
from analytics.people.models import Account
from analytics.people.traits import updated


def write(first_us: Mapping[str, int], traits: Iterable[tuple[str, SentTraits]]) -> None:
    """Make the accounts of ``first_us`` that are missing, and add ``traits`` to those they are of."""
    if first_us:
        Account.objects.bulk_create(
            [Account(id=account, first_us=first_us[account]) for account in sorted(first_us)], ignore_conflicts=True
        )
    sent = list(traits)
    if not sent:
        return
    ids = {account for account, _ in sent}
    rows = {row.id: row for row in Account.objects.filter(pk__in=ids).order_by("pk").select_for_update()}
    for account, (at_us, news) in sent:
        row = rows[account]
        row.traits, row.traits_us = updated(row.traits, row.traits_us, news, at_us)
    for row in rows.values():
        row.save(update_fields=["traits", "traits_us"])
