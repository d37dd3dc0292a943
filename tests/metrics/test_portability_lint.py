"""The lint finds what engines answer differently, and lets the rest pass."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "portability_lint.py"


@pytest.fixture(scope="module")
def lint() -> ModuleType:
    spec = importlib.util.spec_from_file_location("portability_lint", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "line",
    [
        "t.person.nunique()",
        "t.length.quantile(0.9)",
        "t.length.median()",
        "t.person.count(where=t.active)",
        "ibis.cases((t.active, t.person)).count()",
        "ibis.ifelse(t.active, t.person, None).max()",
        "t.person.nullif(0).count()",
        "t.at.truncate('day')",
        "ibis.now()",
        "t.at_us.to_timestamp('us')",
    ],
)
def test_finds_what_is_not_portable(lint: ModuleType, line: str) -> None:
    assert [number for number, _ in lint.findings(f"\n{line}\n")] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "t.select('person').distinct().count()",
        "ibis.ifelse(t.active, 1, 0).sum()",
        "ibis.cases((t.active, 1), else_=0).sum()",
        "quantile(rows, ['day'], 'seconds', p90=(9, 10))",
        "datetime.now(UTC)",
    ],
)
def test_lets_portable_code_pass(lint: ModuleType, line: str) -> None:
    assert list(lint.findings(line)) == []


def test_metrics_are_portable(lint: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main() == 0, capsys.readouterr().out
