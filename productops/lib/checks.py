"""System checks: a wrong setting stops the start with a sentence that says how to mend it."""

import os
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# What may be in the place of a scheme, and the package that then is needed.
EVENT_ENGINES = {
    "segments": "duckdb",
    "postgresql": "psycopg",
    "postgres": "psycopg",
    "clickhouse": "clickhouse_connect",
}
SETTINGS = "settings"  # the tag of these checks


@register(SETTINGS)
def check_environment(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.PROJECT_TIME_ZONE not in available_timezones():
        problems.append(
            Error(
                f"TIME_ZONE is {settings.PROJECT_TIME_ZONE!r}, which is no zone this machine knows.",
                hint="Use an IANA name such as Europe/Berlin, or unset it for UTC.",
                id="productops.E001",
            )
        )
    if not os.access(settings.DATA_DIR, os.W_OK):
        problems.append(
            Error(
                f"DATA_DIR {settings.DATA_DIR} can't be written to.",
                hint="Give the user that runs the portal write access, or name another folder.",
                id="productops.E002",
            )
        )
    problems += _check_events()
    if settings.REDIS_URL and not settings.REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
        problems.append(
            Error(
                "REDIS_URL is not a Redis address.",
                hint="Write it as redis://host:6379/0, or unset it to use the embedded Redis.",
                id="productops.E004",
            )
        )
    if len(settings.SECRET_KEY) < 32:
        problems.append(
            Error(
                "SECRET_KEY is too short to be one.",
                hint="Give it 32 characters or more, or unset it to have one made in DATA_DIR.",
                id="productops.E005",
            )
        )
    problems += [
        Error(
            f"TRUSTED_PROXIES names {proxy!r}, which is no address.",
            hint="Use addresses and networks such as 10.0.0.7,192.168.0.0/16, or unset it to trust none.",
            id="productops.E006",
        )
        for proxy in settings.TRUSTED_PROXIES
        if not _is_network(proxy)
    ]
    return problems


def _check_events() -> list[CheckMessage]:
    try:
        parts = urlsplit(settings.EVENTS_URL)
    except ValueError:
        return [Error("EVENTS_URL is no address.", hint="Unset it, or write it as the docs say.", id="productops.E008")]
    if parts.scheme not in EVENT_ENGINES:
        return [
            Error(
                f"EVENTS_URL asks for the engine {parts.scheme!r}, which this version doesn't have.",
                hint=f"Unset it, or use one of: {', '.join(EVENT_ENGINES)}.",
                id="productops.E003",
            )
        ]
    problems: list[CheckMessage] = []
    package = EVENT_ENGINES[parts.scheme]
    if find_spec(package) is None:
        problems.append(
            Error(
                f"EVENTS_URL asks for {parts.scheme}, and the package {package} isn't installed.",
                hint="Install requirements/base.txt anew.",
                id="productops.E007",
            )
        )
    if parts.scheme == "clickhouse" and not (parts.hostname and parts.path.strip("/")):
        problems.append(
            Error(
                "EVENTS_URL names no server or no database.",
                hint="Write it as clickhouse://user:password@host:8123/portal_events.",
                id="productops.E008",
            )
        )
    return problems


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
