"""Personas brought up to date, against the same worked out from nothing."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.rollups.persona_history import SORTED_BY, days_that_tell, renewed
from analytics.rollups.personas import CutOffs, persona_history
from analytics.store.schema import PERSONA_HISTORY
from tests.rollups_derive.in_memory import tables
from tests.rollups_derive.test_personas import person_days, policies, reported, session_starts

LAST = 130
Row = dict[str, object]


def balance(actor: int, day: int, value: float) -> Row:
    told = {"subject_kind": "actor", "subject": str(actor), "field": "wallet_balance"}
    return {**told, "day": day, "at_us": day * 1000 + actor, "value": str(value)}


@settings(max_examples=40, deadline=None)
@given(
    own_days=person_days,
    starts=session_starts,
    balances=reported,
    cuts=policies,
    nights=st.integers(0, 60),
    late=st.sets(st.integers(0, 140), max_size=3),
    joined=st.sampled_from(["never", "before", "between", "parted"]),
)
def test_a_round_leads_where_a_beginning_from_nothing_leads(
    own_days: list[Row],
    starts: list[tuple[int, int]],
    balances: list[tuple[int, int, int]],
    cuts: list[CutOffs],
    nights: int,
    late: set[int],
    joined: str,
) -> None:
    """What came on the days ``late`` wasn't there yet; 2 is found to be 1, or not to be, in between."""
    done = LAST - nights
    # Who has a session or a balance on a day has a row of the day as well.
    seen = {(row["actor"], row["day"]) for row in own_days}
    own_days += [
        {"actor": actor, "day": day, "active_events": 0}
        for actor, day in {(actor, day) for actor, day, _ in balances} - seen
    ]
    rows = {
        "user_day": own_days,
        "sessions": [{"actor": actor, "day": day} for actor, day in starts],
        "trait_history": [balance(*each) for each in balances],
    }
    early = {name: [row for row in kept if row["day"] not in late] for name, kept in rows.items()}
    one = [{"actor": 2, "person": 1}]
    was = tables(**early, identities=one if joined in ("before", "parted") else [])
    changed = set(late)
    firsts = [min((row["day"] for row in own_days if row["actor"] == actor), default=0) for actor in (1, 2)]
    if joined == "between":
        changed |= set(range(max(firsts), LAST + 1))
    if joined == "parted":
        changed |= set(range(min(firsts), LAST + 1))
    cuts = [cut for cut in cuts if cut.from_day <= done or cut is cuts[0]]

    before = persona_history(was, cuts, done)
    identities = one if joined in ("before", "between") else []
    is_now = tables(**rows, identities=identities, persona_history=before.to_pylist())
    kept, old, new = renewed(is_now, days_that_tell(changed, done, LAST), cuts, LAST)

    found = pa.concat_tables([kept, new]).sort_by(SORTED_BY)
    assert found.to_pylist() == persona_history(is_now, cuts, LAST).to_pylist()
    assert kept.num_rows + old.num_rows == before.num_rows
    assert found.schema == PERSONA_HISTORY


def test_whoever_takes_over_somebodys_history_gets_it_without_a_day_of_their_own() -> None:
    rows = {
        "user_day": [{"actor": 2, "day": day, "active_events": 1} for day in (99, 100)],
        "sessions": [{"actor": 2, "day": 100}],
        "trait_history": [],
    }
    cuts = [CutOffs(0, 3, 50.0)]
    before = persona_history(tables(**rows, identities=[]), cuts, LAST)
    is_now = tables(**rows, identities=[{"actor": 2, "person": 9}], persona_history=before.to_pylist())
    kept, _, new = renewed(is_now, {LAST}, cuts, LAST)
    assert pa.concat_tables([kept, new]).to_pylist() == persona_history(is_now, cuts, LAST).to_pylist()
    assert set(new["person"].to_pylist()) == {9}
