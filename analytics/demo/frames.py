"""Events in the making: a NumPy record each, with numbers in place of every text."""

from collections.abc import Iterable

import numpy as np

EVENT = np.dtype(
    [
        ("at", "i8"),  # UTC microseconds
        ("person", "i4"),
        ("device", "i4"),  # index into Population.devices; -1: none
        ("code", "i2"),  # index into NAMES
        ("source", "i1"),  # index into world.PLATFORMS
        ("known", "?"),  # sent with the user id
        ("passive", "?"),
        ("bot", "?"),
        ("page", "i2"),  # index into the pages; -1: none
        ("properties", "i4"),  # index into Vocabulary
        ("touch", "i2"),  # index into the touches; 0: none
        ("session", "i8"),  # the SDK's: milliseconds of its start; 0: none
        ("value", "f8"),  # NaN: none
    ]
)

_TRACKED = (
    "signup_started",
    "signup_completed",
    "email_verified",
    "onboarding_step_completed",
    "first_video_created",
    "video_created",
    "video_shared",
    "template_previewed",
    "template_used",
    "searched",
    "comment_added",
    "invite_sent",
    "invite_accepted",
    "deposit_completed",
    "transaction_completed",
    "swap_started",
    "swap_completed",
    "chain_switched",
    "upgrade_to_pro",
    "subscription_updated",
    "payment_received",
    "ticket_opened",
    "ticket_closed",
    "survey_shown",
    "survey_answered",
    "experiment_exposed",
    "notification_received",
)
NAMES = ("page", "screen", "identify", "group", *_TRACKED)
TYPES = tuple(name if name in ("page", "screen", "identify", "group") else "track" for name in NAMES)
CODE = {name: number for number, name in enumerate(NAMES)}


class Vocabulary:
    """Texts and their numbers, in order of first use."""

    def __init__(self, *texts: str) -> None:
        self._numbers = {text: number for number, text in enumerate(texts)}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def numbers(self, texts: Iterable[str]) -> np.ndarray:
        return np.array([self.number(text) for text in texts], dtype=np.int64)

    @property
    def texts(self) -> list[str]:
        return list(self._numbers)


def frame(name: str | np.ndarray, at: np.ndarray, person: np.ndarray, **columns: object) -> np.ndarray:
    """Events of one name (or of given codes), with what is not said left empty."""
    events = np.zeros(len(at), dtype=EVENT)
    events["at"], events["person"] = at, person
    events["code"] = CODE[name] if isinstance(name, str) else name
    events["page"], events["device"], events["value"] = -1, -1, np.nan
    for column, values in columns.items():
        events[column] = values
    return events
