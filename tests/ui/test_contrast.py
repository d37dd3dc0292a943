"""Reads the colours from the style sheet and holds every pair that is used to WCAG 2.2."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TOKEN = re.compile(r"--([\w-]+):\s*(?:light-dark\((#[0-9A-F]{6}),\s*(#[0-9A-F]{6})\)|(#[0-9A-F]{6}));", re.I)
THEMES = ("light", "dark")

GROUNDS = ("surface", "canvas", "sunken")
TEXT = [*product(("text", "text-2", "text-3", "accent", "good", "bad", "warn"), GROUNDS)]
TEXT += [(name, f"{name}-soft") for name in ("accent", "good", "bad", "warn")]
TEXT += [("text", f"{name}-soft") for name in ("accent", "bad")]
TEXT += [("text", "selected"), ("on-primary", "primary"), ("on-mark", "mark"), ("surface", "text")]
TEXT += [("on-heat", f"h{level}") for level in range(6)]
TEXT += [("on-heat-strong", f"h{level}") for level in (6, 7, 8)]
TEXT += [("on-heat", f"d{level}") for level in range(2, 7)]
TEXT += [("on-heat-strong", f"d{level}") for level in (0, 8)]
TEXT += [("on-heat-side", f"d{level}") for level in (1, 7)]
GRAPHICS = [*product(("control", "reference", "primary", "accent"), GROUNDS)]
GRAPHICS += [(f"c{number}", "surface") for number in range(1, 9)]


def colours() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {theme: {} for theme in THEMES}
    for name, light, dark, both in TOKEN.findall((CSS / "tokens.css").read_text()):
        found["light"][name], found["dark"][name] = light or both, dark or both
    return found


COLOURS = colours()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text(theme: str, ink: str, ground: str) -> None:
    assert contrast(COLOURS[theme][ink], COLOURS[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), GRAPHICS)
def test_graphics(theme: str, mark: str, ground: str) -> None:
    assert contrast(COLOURS[theme][mark], COLOURS[theme][ground]) >= 3


def test_colours_stand_in_the_tokens_only() -> None:
    allowed = {"#0D101480"}  # the veil behind a dialog, the same in both themes
    for sheet in CSS.glob("*.css"):
        if sheet.name not in ("tokens.css", "print.css"):
            assert set(re.findall(r"#[0-9a-fA-F]{6,8}\b", sheet.read_text())) <= allowed, sheet.name
