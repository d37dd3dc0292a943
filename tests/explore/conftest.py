"""Questions asked of small worlds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import ibis
import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from analytics.explore import answering, kept, sql
from analytics.explore.segments import membership
from analytics.metrics.tables import Tables
from analytics.metrics.timeline_rows import in_order, timelines_of
from analytics.store.version import data_version
from productops.lib import drawn
from productops.lib.models import ApiToken, User
from tests.dashboards.conftest import Send, send  # noqa: F401  (a fixture)
from tests.metrics.world import World


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**6


def event(actor: int, when: str, name: str = "video_created", /, **columns: Any) -> dict[str, Any]:
    properties = json.dumps(columns.pop("properties", {}))
    row = {"source": 1, "type": "track", "event": name, "at_us": at(when), "actor": actor, "device": actor}
    return row | {"message_id": f"{actor}{when}{name}", "platform": "web", "properties": properties} | columns


def session(device: int, start: str, end: str, /, **columns: Any) -> dict[str, Any]:
    """A row of the table of sessions; a device is who uses it, unless an actor is named."""
    row = {"source": 1, "device": device, "actor": device, "start_us": at(start), "end_us": at(end), "day": 0}
    return row | columns


def values(answer: dict[str, Any]) -> list[Any]:
    return [line["values"] for line in answer["series"]]


def with_timelines(tables: Tables) -> Tables:
    """The same tables, and their events as the arrays that questions are answered from where names tell all."""
    rows = in_order(tables.events, tables.identities).to_pyarrow().to_batches()
    return Tables(partial(getattr, tables), partial(timelines_of, rows))


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, duckdb: ibis.BaseBackend):
    """Have questions asked of a world. Pages are always drawn anew: one kept as it was drawn has no context."""
    monkeypatch.setattr(drawn, "KEPT_SECONDS", 0)

    def use(world: World) -> None:
        @contextmanager
        def snapshot(**_properties: Any) -> Iterator[Any]:
            yield with_timelines(world.on(duckdb))

        for module in (answering, membership, sql):
            monkeypatch.setattr(module, "snapshot", snapshot)
        # Another world is other data: what was answered about the one before is out of date.
        text = uuid4().hex
        monkeypatch.setattr(kept, "data_version", lambda: replace(data_version(), text=text))

    return use


@pytest.fixture
def small_world(use, send: Send) -> None:  # noqa: F811
    """The world of ``pages_world``, and one event in the inbox, by which pages know that there is something to ask."""
    from tests.explore.pages_world import WORLD

    use(WORLD)
    send("ada", date(2025, 3, 3))


@pytest.fixture
def ask(client: Client):
    def ask(path: str = "trend", role: str = "analyst", expect: int = 200, **body: Any) -> dict[str, Any]:
        user, _ = User.objects.get_or_create(username=role, role=role)
        _, token = ApiToken.issue(user=user, name="test", role=role)
        whole = {"from": "2025-03-01", "to": "2025-03-04", "series": [{"event": "video_created"}]} | body
        answer = client.post(
            f"/api/analyses/{path}/",
            json.dumps(whole),
            "application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == expect, answer.content
        return answer.json()

    return ask


@pytest.fixture
def funnel(use, ask):
    """Ask a funnel of a world: of three steps, unless others are named."""

    def funnel(world: World, **body: Any) -> dict[str, Any]:
        use(world)
        steps = [{"event": name} for name in "abc"]
        return ask("funnel", **{"from": "2025-03-01", "to": "2025-03-31", "steps": steps, "series": None} | body)

    return funnel


@pytest.fixture
def call(client: Client):
    """Ask anything of the API, as JSON or, with a file, as a form; gives the answer, or None where it is empty."""

    def call(method: str, path: str, role: str = "analyst", expect: int = 200, file: Any = None, **body: Any) -> Any:
        user, _ = User.objects.get_or_create(username=role, role=role)
        _, token = ApiToken.issue(user=user, name="test", role=role)
        sent: dict[str, Any] = {"data": json.dumps(body), "content_type": "application/json"}
        if file is not None:
            data, content_type = {**body, "file": file}, MULTIPART_CONTENT
            encoded = data if method == "post" else encode_multipart(BOUNDARY, data)
            sent = {"data": encoded, "content_type": content_type}
        headers = {"Authorization": f"Bearer {token}"}
        if method == "get":
            sent = {"data": body}
        answer = getattr(client, method)(f"/api/{path}", headers=headers, **sent)
        assert answer.status_code == expect, getattr(answer, "content", answer)
        if "csv" in answer.get("Content-Type", ""):
            return b"".join(answer.streaming_content).decode()
        return answer.json() if answer.content else None

    return call
