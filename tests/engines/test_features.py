"""What features are told, and who adopts them, on every engine."""

from dataclasses import replace
from datetime import date

import ibis
import pytest

from analytics.explore.asking import Asking
from analytics.explore.conditions import Condition
from analytics.explore.kinds import adoption, trend
from analytics.metrics.features import Feature, Rule
from tests.explore.test_adoption import SWAP, WORLD

pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")

FEATURES = (
    Feature("swap", "Swap", "B", SWAP),
    Feature("studio", "Studio", "", (Rule("page", "regex", "(?i)^/STU.io$"), Rule("event", "prefix", "video_"))),
    Feature("nothing", "Nothing", "B", (Rule("event", "exact", "nothing"),)),
)
DAYS = {"first": date(2025, 3, 3), "last": date(2025, 3, 23)}
ADOPTION = adoption.Adoption(**DAYS, features=FEATURES)
BY_FEATURE = trend.Trend(**DAYS, features=FEATURES, series=(trend.Series(),), grain="month", breakdown="feature")
OF_SWAP = Condition("feature", "is_not", "swap", SWAP)


@pytest.fixture(scope="module")
def tables(engines: dict[str, ibis.BaseBackend]):
    return {name: WORLD.on(engine) for name, engine in engines.items()}


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse"])
def test_features_are_told_alike(tables, name: str) -> None:
    asking = Asking(tables[name])
    found = adoption.answer(asking, ADOPTION)["features"]
    assert [(line["people"], line["times"], line["returned"], line["could_return"]) for line in found] == [
        (4, 6, 1, 2),
        (1, 1, 0, 1),
        (0, 0, 0, 0),
    ]
    assert found[0]["first_use_median_seconds"] == 3 * 3_600
    assert adoption.people(asking, ADOPTION, adoption.Point("swap")).count().to_pyarrow().as_py() == 4
    by_event = adoption.answer(asking, replace(ADOPTION, features=()))["features"]
    assert [(line["feature"], line["people"]) for line in by_event][:2] == [("swap_started", 3), ("page", 1)]
    split = trend.answer(asking, BY_FEATURE)["series"]
    assert {line["breakdown"]: line["values"] for line in split} == {"swap": [6], "studio": [1], "(none)": [1]}
    others = trend.answer(asking, replace(BY_FEATURE, filters=(OF_SWAP,)))["series"]
    assert {line["breakdown"]: line["values"] for line in others} == {"studio": [1], "(none)": [1]}
