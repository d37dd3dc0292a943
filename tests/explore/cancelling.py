"""A web process that asks a question without end, and one that withdraws it. Run with ``ask`` or ``cancel``."""

import json
import sys
import time
from typing import Any

import django

django.setup()

from django.test import Client  # noqa: E402

from analytics.explore import answering  # noqa: E402
from productops.lib.models import ApiToken, User  # noqa: E402
from tests.explore import slow  # noqa: E402

HOST = "localhost"
RUN = "/api/analyses/runs/7f3c.never_ends/"
QUESTION = {
    "from": "2025-01-01",
    "to": "2025-01-02",
    "series": [{"event": "video_created"}],
    "run": "7f3c.never_ends",
}


def headers(name: str, role: str) -> dict[str, str]:
    user, _ = User.objects.get_or_create(username=name, defaults={"role": role})
    return {"Authorization": f"Bearer {ApiToken.issue(user=user, name='test', role=role)[1]}"}


def ask() -> Any:
    answering.answer = slow.never
    body = json.dumps(QUESTION)
    answer = Client(SERVER_NAME=HOST).post(
        "/api/analyses/trend/", body, "application/json", headers=headers("ada", "analyst")
    )
    return [answer.status_code, answer.json()["detail"]]


def cancel() -> Any:
    client, ada, eve = Client(SERVER_NAME=HOST), headers("ada", "analyst"), headers("eve", "analyst")
    while (state := client.get(RUN, headers=ada).json()["state"]) == "unknown":
        time.sleep(0.1)
    seen = client.get(RUN, headers=eve).json()["state"]
    refused = client.delete(RUN, headers=eve).status_code
    again = client.post("/api/analyses/trend/", json.dumps(QUESTION), "application/json", headers=ada).status_code
    cancelled = client.delete(RUN, headers=headers("root", "admin")).json()["state"]
    return [state, seen, refused, again, cancelled]


if __name__ == "__main__":
    print(json.dumps({"ask": ask, "cancel": cancel}[sys.argv[1]]()))
