"""Every metric stands in docs/metrics.md, as the registry defines it."""

from pathlib import Path

import pytest

from analytics.metrics.registry import DIMENSIONS, METRICS

TEXT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_metric_is_documented(metric) -> None:
    assert f"`{metric.key}`" in TEXT
    assert metric.definition in TEXT


def test_dimensions_are_documented() -> None:
    assert all(f"| `{name}` |" in TEXT for name in (*DIMENSIONS, "event", "length"))
