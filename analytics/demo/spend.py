"""What the paid channels cost, as the export of an advertising console."""

import csv
from pathlib import Path

import numpy as np

from analytics.demo import world
from analytics.demo.plan import DAY
from analytics.demo.population import Population

COLUMNS = ("Day", "Campaign", "Network", "Currency code", "Impressions", "Clicks", "Cost", "Conversions")


def write_spend(population: Population, path: Path) -> dict[str, int]:
    """Write the export; returns the cost in minor units by channel."""
    random = population.plan.random("spend")
    totals: dict[str, int] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, channel in enumerate(world.CHANNELS):
            if not channel.cost:
                continue
            totals[channel.key] = 0
            for touch, (_, network, _, campaign, _) in enumerate(channel.touches):
                came = (population.channel[: population.signups] == number) & (
                    population.touch[: population.signups] == touch
                )
                days, signups = np.unique(population.signup[came] // DAY, return_counts=True)
                inside = days < population.plan.end_day
                cost = np.round(signups[inside] * channel.cost * random.lognormal(0, 0.2, inside.sum())).astype(
                    np.int64
                )
                clicks = signups[inside] * 9 + random.poisson(12, inside.sum())
                shown = clicks * random.integers(28, 60, inside.sum())
                for day, impressions, clicked, spent, count in zip(
                    days[inside].tolist(), shown, clicks, cost.tolist(), signups[inside], strict=True
                ):
                    date = np.datetime64(day, "D")
                    writer.writerow((date, campaign, network, "USD", impressions, clicked, f"{spent / 100:.2f}", count))
                totals[channel.key] += int(cost.sum())
    return totals
