"""Experiments and themes: what was planted in them."""

from typing import Any

import numpy as np

from analytics.demo import world
from analytics.demo.population import NEVER, Population


def experiments(population: Population) -> dict[str, Any]:
    """By experiment and variant: people assigned, and those of them who reach the outcome before or after the end."""
    signs_up = np.arange(population.count) < population.signups
    columns = (
        (population.cta, signs_up),
        (population.flow, population.activated != NEVER),
        (population.pricing, population.paid != NEVER),
    )
    told: dict[str, Any] = {}
    for experiment, (variants, reached) in zip(world.EXPERIMENTS, columns, strict=True):
        told[experiment.key] = {"outcome": experiment.outcome, "variants": {}}
        for number, (variant, effect) in enumerate(zip(experiment.variants, experiment.effects, strict=True)):
            people = variants == number
            told[experiment.key]["variants"][variant] = {
                "planted_effect": effect,
                "people": int(people.sum()),
                "reach_outcome": int((people & reached[: len(people)]).sum()),
            }
    return told
