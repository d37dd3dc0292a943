"""The pages of the product, by core area."""

import json

import numpy as np

from analytics.demo import world
from analytics.demo.frames import CODE, Vocabulary

# path, name, weight
PAGES = (
    ("/", "Landing", 0.0),
    ("/wallet", "Wallet home", 0.22),
    ("/swap", "Swap", 0.10),
    ("/chains", "Chains", 0.07),
    ("/studio", "Studio", 0.24),
    ("/templates", "Templates", 0.14),
    ("/videos", "My videos", 0.12),
    ("/pricing", "Pricing", 0.04),
    ("/settings", "Settings", 0.04),
    ("/help", "Help", 0.03),
)
LANDING = 0
WEIGHTS = np.array([weight for _, _, weight in PAGES])


def page_properties(properties: Vocabulary) -> np.ndarray:
    """The numbers of the pages' properties."""
    return properties.numbers(
        json.dumps({"name": name, "path": path}, separators=(",", ":")) for path, name, _ in PAGES
    )


def page_code(source: np.ndarray) -> np.ndarray:
    """A page on the web, a screen in an app."""
    return np.where((source == world.IOS) | (source == world.ANDROID), CODE["screen"], CODE["page"])
