"""What can be set or asked for is documented, and nothing that isn't there any more. Metrics: tests/metrics."""

import re
from pathlib import Path

import pytest

from tests.lib.addresses import addresses

ROOT = Path(__file__).parents[2]
CODE = [path for folder in ("productops", "analytics") for path in sorted((ROOT / folder).rglob("*.py"))]
READ_FROM_ENVIRONMENT = re.compile(r'\benv\.\w+\(\s*"(\w+)"')


def documented(page: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / "docs" / page).read_text(), re.MULTILINE))


def test_every_setting_and_no_other():
    settings = (ROOT / "productops" / "settings.py").read_text()
    assert documented("settings.md", r"^\| `([A-Z_]+)` \|") == set(READ_FROM_ENVIRONMENT.findall(settings))


def test_settings_are_read_in_one_place():
    elsewhere = [path for path in CODE if re.search(r"os\.environ\[|os\.environ\.get|os\.getenv", path.read_text())]
    assert elsewhere == []


def test_every_command():
    commands = {
        path.stem
        for path in CODE
        if path.parent.name == "commands" and path.parent.parent.name == "management" and path.stem != "__init__"
    }
    pages = "".join(page.read_text() for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
    assert [command for command in sorted(commands) if f"manage.py {command}" not in pages] == []


def test_every_endpoint_of_the_api():
    described = documented("openapi.yaml", r"^  (/\S+):$")
    routes = [address for address in addresses() if address.api_class is not None and address.name != "schema"]
    assert routes
    as_described = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{address.route}") for address in routes}
    assert as_described == described


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"], ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
