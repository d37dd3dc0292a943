"""Who pays what from when to when: one subscription to a workspace, or to a person who works alone."""

from dataclasses import dataclass

import numpy as np

from analytics.demo import world
from analytics.demo.activity import Days
from analytics.demo.frames import Vocabulary, frame
from analytics.demo.plan import DAY, Plan
from analytics.demo.population import NEVER, Population
from analytics.demo.stories import compact

_MONTH = 30 * DAY
_ANNUAL = 0.75  # share of subscriptions that are paid by the year, two months cheaper


def account_name(workspace: int) -> str:
    return f"ws_{workspace * 2_654_435_761 % 2**32:08x}"


@dataclass
class _Book:
    """What the billing server reports: parallel lists, one entry per event."""

    at: list[int]
    person: list[int]
    properties: list[int]
    amount: list[float]

    def write(self, at: int, person: int, properties: int, amount: int) -> None:
        self.at.append(at)
        self.person.append(person)
        self.properties.append(properties)
        self.amount.append(amount / 100)

    def frame(self, name: str) -> np.ndarray:
        return frame(
            name,
            np.array(self.at, dtype=np.int64),
            np.array(self.person, dtype=np.int64),
            source=world.SERVER,
            known=True,
            passive=True,
            properties=np.array(self.properties, dtype=np.int64),
            value=np.array(self.amount, dtype=float),
        )


def subscriptions(population: Population, days: Days, properties: Vocabulary) -> list[np.ndarray]:
    """``subscription_updated`` at each change and ``payment_received`` at each renewal."""
    plan = population.plan
    random = plan.random("subscriptions")
    last_day = np.zeros(population.count, dtype=np.int64)
    np.maximum.at(last_day, days.person, days.day)
    updates, payments = _Book([], [], [], []), _Book([], [], [], [])
    payers = np.flatnonzero(population.paid != NEVER)
    account = np.where(population.workspace[payers] >= 0, population.workspace[payers], -1 - payers)
    order = np.lexsort((population.paid[payers], account))
    for group in np.split(payers[order], np.flatnonzero(np.diff(account[order])) + 1):
        if len(group):
            _bill(
                plan,
                population,
                group,
                int(last_day[group].max()),
                bool(random.random() < _ANNUAL),
                properties,
                updates,
                payments,
            )
    return [updates.frame("subscription_updated"), payments.frame("payment_received")]


def _bill(
    plan: Plan,
    population: Population,
    group: np.ndarray,
    last_day: int,
    annual: bool,
    properties: Vocabulary,
    updates: _Book,
    payments: _Book,
) -> None:
    """One account: a seat is added with each payer, and the subscription ends a month after the last visit."""
    first = int(group[0])
    segment = world.SEGMENTS[population.segment[first]]
    workspace = int(population.workspace[first])
    account = account_name(workspace) if workspace >= 0 else population.user_ids[first]
    interval, months = ("year", 10) if annual else ("month", 1)
    terms = {"account": account, "plan": segment.plan, "currency": "USD", "interval": interval}
    price = segment.seat_price * months
    starts = population.paid[group].tolist()
    for seats, (person, at) in enumerate(zip(group.tolist(), starts, strict=True), 1):
        number = properties.number(compact(**terms, status="active", amount_minor=price * seats))
        updates.write(at + 60_000_000, person, number, price * seats)
    end = (last_day + 30) * DAY
    if end < plan.end:
        end = max(end, starts[-1] + DAY)
        updates.write(end, first, properties.number(compact(**terms, status="canceled", amount_minor=0)), 0)
    for at in range(starts[0] + 90_000_000, min(end, plan.end), 12 * _MONTH if annual else _MONTH):
        seats = sum(start <= at for start in starts)
        number = properties.number(
            compact(account=account, amount_minor=price * seats, currency="USD", value=price * seats / 100)
        )
        payments.write(at, first, number, price * seats)
