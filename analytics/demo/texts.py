"""What people write in answers and tickets: a handful of themes in many wordings."""

import numpy as np

# theme → (typical score of 1–7, ticket category or "", openings, cores, closings)
THEMES: dict[str, tuple[float, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "slow export": (
        3.0,
        "performance",
        ("", "Honestly, ", "For weeks now ", "On my laptop "),
        (
            "exporting a video takes forever",
            "the export hangs at 90 percent",
            "rendering is far too slow",
            "waiting for the export kills my flow",
        ),
        (".", ", please make it faster.", ", even short clips.", " and sometimes it just fails."),
    ),
    "swap fees unclear": (
        3.2,
        "billing",
        ("", "I wish ", "Before I swap, ", "As a new user "),
        (
            "I can't see the swap fee before confirming",
            "the fees of a swap are confusing",
            "the network fee surprised me",
            "the rate changed between quote and swap",
        ),
        (".", ", show it up front.", " and support had no answer.", ", that costs trust."),
    ),
    "login trouble": (
        2.6,
        "account",
        ("", "Again ", "Since the update ", "Every other day "),
        (
            "I can't log in with my email",
            "the verification code never arrives",
            "I get logged out all the time",
            "two-factor login doesn't work on my phone",
        ),
        (".", ", please help.", " and I lose my draft.", ", on two devices."),
    ),
    "more templates": (
        5.2,
        "",
        ("", "Love it, but ", "Great tool, ", "My team says "),
        (
            "we need more templates for ads",
            "please add vertical templates",
            "the template library is a bit small",
            "seasonal templates would be great",
        ),
        (".", ", especially for holidays.", " to save time.", ", the rest is perfect."),
    ),
    "easy to use": (
        6.5,
        "",
        ("", "Wow, ", "So far ", "After a week "),
        (
            "making videos is really easy",
            "I love how simple the editor is",
            "my first video took five minutes",
            "the wallet just works",
        ),
        (".", ", thank you!", " and fun.", ", keep going."),
    ),
    "team collaboration": (
        4.8,
        "how-to",
        ("", "For our workspace ", "In bigger teams ", "With clients "),
        (
            "we miss comments on single frames",
            "inviting guests should be easier",
            "roles and permissions are too coarse",
            "two editors overwrite each other's work",
        ),
        (".", ", any plans?", ", we would pay for it.", " and that slows us down."),
    ),
}


def write_texts(
    count: int, random: np.random.Generator, *, tickets: bool = False
) -> tuple[list[str], list[str], np.ndarray]:
    """Theme, text and 7-point score of ``count`` people; of tickets only themes that make tickets."""
    themes = [theme for theme, parts in THEMES.items() if parts[1] or not tickets]
    drawn = random.integers(0, len(themes), count)
    wording = random.random((count, 3))
    named = [themes[number] for number in drawn]
    texts = [
        "".join(part[int(u * len(part))] for part, u in zip(THEMES[theme][2:], row, strict=True))
        for theme, row in zip(named, wording, strict=True)
    ]
    mean = np.array([THEMES[theme][0] for theme in named])
    scores = np.clip(np.round(random.normal(mean, 1.1)), 1, 7).astype(np.int64)
    return named, [text[:1].upper() + text[1:] for text in texts], scores
