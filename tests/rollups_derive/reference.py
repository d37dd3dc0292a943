"""The definitions of activity and sessions in plain Python: one event after the other, no tables, no batches."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from analytics.collect.models import Flag

MINUTE = 60_000_000
ACTIONS = {"track", "page", "screen"}


def local_day(us: int, zone: str) -> int:
    seconds, rest = divmod(us, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).astimezone(ZoneInfo(zone))
    return moment.date().toordinal() - date(1970, 1, 1).toordinal()


def counted(events: list[dict]) -> list[dict]:
    return [event for event in events if event["actor"] and not event["flags"] & Flag.BOT]


def active(events: list[dict]) -> list[dict]:
    return [event for event in counted(events) if event["type"] in ACTIONS and not event["flags"] & Flag.PASSIVE]


def expected_user_day(events: list[dict], zone: str, signups: list[str], key_actions: list[str]) -> list[dict]:
    groups = defaultdict(list)
    for event in counted(events):
        groups[event["actor"], local_day(event["at_us"], zone), event["platform"], event["account"]].append(event)
    rows = []
    for (actor, day, platform, account), group in groups.items():
        doing = active(group)
        tracks = [event for event in group if event["type"] == "track"]
        sent = [
            (event["at_us"], event["customer_segment"])
            for event in group
            if event["customer_segment"] and event["type"] in ACTIONS
        ]
        rows.append(
            {
                "actor": actor,
                "day": day,
                "platform": platform,
                "account": account,
                "customer_segment": max(sent)[1] if sent else "",
                "first_us": min(event["at_us"] for event in group),
                "last_us": max((event["at_us"] for event in doing), default=0),
                "events": len(group),
                "active_events": len(doing),
                "key_actions": sum(event["event"] in key_actions for event in tracks),
                "signup_us": min((event["at_us"] for event in tracks if event["event"] in signups), default=0),
            }
        )
    return rows


def expected_sessions(events: list[dict], zone: str) -> list[dict]:
    devices = defaultdict(list)
    for event in active(events):
        devices[event["source"], event["device"], event["session_id"]].append(event)
    rows = []
    for (source, device, session_id), sent in devices.items():
        sent.sort(key=lambda event: (event["at_us"], event["message_id"]))
        cut: list[list[dict]] = []
        for event in sent:
            if cut:
                idle = event["at_us"] - cut[-1][-1]["at_us"]
                length = event["at_us"] - cut[-1][0]["at_us"]
            if cut and (session_id or (idle <= 30 * MINUTE and length <= 24 * 60 * MINUTE)):
                cut[-1].append(event)
            else:
                cut.append([event])
        for session in cut:
            first = session[0]
            known = [event for event in session if event["actor"] != event["anon"]]
            rows.append(
                {
                    "source": source,
                    "device": device,
                    "session_id": session_id,
                    "actor": (known or session)[-1]["actor"],
                    "day": local_day(first["at_us"], zone),
                    "start_us": first["at_us"],
                    "end_us": session[-1]["at_us"],
                    "active_events": len(session),
                    "platform": first["platform"],
                    "account": first["account"],
                    "customer_segment": first["customer_segment"],
                }
            )
    return rows


def expected_touches(events: list[dict], zone: str) -> list[dict]:
    first: dict[tuple, int] = {}
    for event in counted(events):
        if event["touch"]:
            key = (event["actor"], local_day(event["at_us"], zone), event["touch"])
            first[key] = min(first.get(key, event["at_us"]), event["at_us"])
    return [{"actor": actor, "day": day, "touch": touch, "at_us": at} for (actor, day, touch), at in first.items()]


def expected_traits_as_of(events: list[dict]) -> dict[tuple[str, str, str], list[tuple[int, str]]]:
    """(kind, subject, field) → every statement in order of time, the last one of each microsecond."""
    stated: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    for event in sorted(counted(events), key=lambda event: (event["at_us"], event["source"], event["message_id"])):
        actor, at, segment = str(event["actor"]), event["at_us"], event["customer_segment"]
        if event["type"] == "group":
            if event["account"]:
                stated["actor", actor, "account"][at] = event["account"]
            if event["account"] and segment:
                stated["account", event["account"], "customer_segment"][at] = segment
            continue
        if segment:
            stated["actor", actor, "customer_segment"][at] = segment
        balance = json.loads(event["properties"]).get("wallet_balance")
        if isinstance(balance, int | float) and not isinstance(balance, bool):
            stated["actor", actor, "wallet_balance"][at] = str(float(balance))
    return {key: sorted(values.items()) for key, values in stated.items()}
