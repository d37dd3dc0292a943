"""Which column of a file is which part of an event: as told, else by its name."""

from collections.abc import Mapping, Sequence

# Field → names that are taken for it, best first, in lower case and without marks.
NAMES: dict[str, tuple[str, ...]] = {
    "message_id": ("messageid", "insertid", "eventid", "uuid"),
    "user_id": ("userid", "user", "distinctid", "uid", "customerid"),
    "anonymous_id": ("anonymousid", "anonid", "visitorid", "cookieid"),
    "previous_id": ("previousid",),
    "device_id": ("deviceid",),
    "session_id": ("sessionid", "session"),
    "type": ("type",),
    "event": ("event", "eventname", "eventtype", "action"),
    "timestamp": (
        "timestamp",
        "originaltimestamp",
        "eventtime",
        "occurredat",
        "time",
        "ts",
        "datetime",
        "createdat",
        "date",
    ),
    "platform": ("platform",),
    "channel": ("channel", "channelname"),
    "account": ("account", "accountid", "groupid", "workspace", "workspaceid", "companyid", "organizationid"),
    "customer_segment": ("customersegment", "segment"),
    "page": ("page", "pagepath", "path"),
    "url": ("url", "pageurl", "currenturl"),
    "referrer": ("referrer", "referer"),
    "utm_source": ("utmsource",),
    "utm_medium": ("utmmedium",),
    "utm_campaign": ("utmcampaign",),
    "properties": ("properties", "eventproperties", "props"),
    "traits": ("traits", "userproperties"),
    "context": ("context",),
}
LEFT_OUT = "-"
PROPERTY = ""


class MissingColumn(Exception):
    """The file lacks a column without which no row is an event; the message says how to name it."""


class Columns:
    """Says for the columns of a row to which field each belongs."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = dict(told)
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def of(self, columns: Sequence[str]) -> dict[str, str]:
        """Column → field, ``PROPERTY`` or ``LEFT_OUT``; of several candidates for a field the best one has it."""
        key = tuple(columns)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 1_000:  # rows that name their own columns may do so in endless ways
                self._known.clear()
            found = self._known[key] = self._guess(key)
        return found

    def check(self, columns: Sequence[str]) -> None:
        """Raises MissingColumn when rows of these columns can't be events, or a told column isn't there."""
        if unknown := sorted(self._told.keys() - set(columns)):
            raise MissingColumn(f"The file has no column {', '.join(unknown)}. Its columns: {', '.join(columns)}.")
        fields = set(self.of(columns).values())
        for needed, other in (("event", "type"), ("timestamp", "timestamp"), ("user_id", "anonymous_id")):
            if not fields & {needed, other}:
                raise MissingColumn(
                    f"No column is the {needed}. Say which one is, as --map COLUMN={needed}. "
                    f"The columns: {', '.join(columns)}."
                )

    def _guess(self, columns: tuple[str, ...]) -> dict[str, str]:
        found = {column: self._told.get(column, PROPERTY) for column in columns}
        taken = set(found.values())
        bare = {"".join(filter(str.isalnum, column.lower())): column for column in columns if column not in self._told}
        for field, names in NAMES.items():
            if field in taken:
                continue
            column = next((bare[name] for name in names if name in bare), None)
            if column is not None:
                found[column] = field
        return found
