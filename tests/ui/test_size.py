"""What every page loads stays small: bytes after gzip."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

EVERYWHERE = [
    f"css/{name}.css" for name in ("tokens", "base", "shell", "controls", "cards", "tables", "charts", "print")
]
STATIC = Path(settings.BASE_DIR) / "static"


def packed(pattern: str) -> int:
    files = sorted(STATIC.glob(pattern))
    assert files, pattern
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


@pytest.mark.parametrize(
    ("patterns", "most"),
    [
        (["js/*.js", "vendor/chart-*.js"], 90_000),
        (["js/*.js"], 10 * 1024),
        ([*EVERYWHERE, "css/explore.css"], 12 * 1024),
        ([*EVERYWHERE, "css/data.css", "css/people.css"], 12 * 1024),
        (["vendor/lucide-*.svg"], 4_000),
        (["vendor/inter-*.woff2"], 50_000),
    ],
)
def test_budget(patterns: list[str], most: int) -> None:
    assert sum(packed(pattern) for pattern in patterns) < most


def test_a_page_of_cards(admin: Client) -> None:
    assert len(gzip.compress(admin.get("/styleguide/").content)) < 25_000


def test_every_vendored_file_names_its_version_and_has_its_licence() -> None:
    vendored = [path for path in (STATIC / "vendor").iterdir() if not path.name.endswith(".LICENSE.txt")]
    assert len(vendored) >= 3
    for path in vendored:
        package, version = path.name.split("-")[0], path.name.split("-")[1]
        assert version[0].isdigit()
        assert list((STATIC / "vendor").glob(f"{package}-*.LICENSE.txt")), path.name
