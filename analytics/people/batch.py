"""What a batch of events says about who is who, gathered in one pass over its rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from analytics.event import EventRow
from analytics.people.ids import IdKind, identity_id, is_generic
from analytics.people.models import IdentityEdge
from analytics.people.suppression import is_suppressed

BOTH_KINDS: tuple[IdKind, ...] = ("a", "u")


@dataclass
class Seen:
    """An id in the batch, and the earliest of its events there (UTC microseconds; touch 0: none)."""

    kind: str
    value: str
    first_us: int
    first_touch_us: int = 0


class Claim(NamedTuple):
    """An event's statement that an identity and a user id are one person."""

    identity: int
    user: int
    rule: str
    evidence: str
    at_us: int
    may_merge_users: bool = False

    @property
    def key(self) -> tuple[int, int, bool]:
        """Claims with equal keys have equal outcomes, but for what is decided in between."""
        return self.identity, self.user, self.may_merge_users


class SentTraits(NamedTuple):
    at_us: int
    traits: dict[str, Any]


def alias_candidates(rows: Iterable[EventRow]) -> set[int]:
    """The identities that alias calls in these rows may be about."""
    return {identity_id(kind, row.previous_id) for row in rows if row.previous_id for kind in BOTH_KINDS}


@dataclass
class Batch:
    known: set[int] = field(default_factory=set)  # those of ``alias_candidates`` that are stored already
    seen: dict[int, Seen] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    traits: list[tuple[int, SentTraits]] = field(default_factory=list)
    accounts: dict[str, int] = field(default_factory=dict)  # → time of the earliest event
    account_traits: list[tuple[str, SentTraits]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[EventRow], known: set[int]) -> "Batch":
        batch = cls(known)
        for row in rows:
            batch._take(row)
        return batch

    def with_traits(self) -> set[int]:
        return {identity for identity, _ in self.traits}

    def _take(self, row: EventRow) -> None:
        user = anonymous = 0
        if row.user_id:
            user = self._see("u", row.user_id, row.at_us, touch=bool(row.touch))
        if row.anonymous_id:
            touched = bool(row.touch) and not user  # a touch belongs to the actor
            anonymous = self._see("a", row.anonymous_id, row.at_us, touch=touched)
        if user and anonymous:
            self.claims.append(Claim(anonymous, user, IdentityEdge.Rule.SEEN_TOGETHER, row.message_id, row.at_us))
        if user and row.previous_id:
            self._take_alias(user, row)
        if row.type == "identify" and row.traits and (user or anonymous):
            self.traits.append((user or anonymous, SentTraits(row.at_us, row.traits)))
        if row.account:
            self.accounts[row.account] = min(row.at_us, self.accounts.get(row.account, row.at_us))
            if row.type == "group" and row.traits:
                self.account_traits.append((row.account, SentTraits(row.at_us, row.traits)))

    def _take_alias(self, user: int, row: EventRow) -> None:
        """An alias doesn't say of what kind its previous id is.

        It is taken for anonymous, unless only a user of that id is known. A secret key may name
        either, in whatever order things arrive, so that both are joined.
        """
        if is_generic(row.previous_id):
            return
        for kind in BOTH_KINDS if row.trusted else ("u",) if self._only_user(row.previous_id) else ("a",):
            if self._is_erased(kind, row.previous_id):
                continue
            identity = self._see(kind, row.previous_id, row.at_us)
            self.claims.append(
                Claim(identity, user, IdentityEdge.Rule.ALIAS, row.message_id, row.at_us, may_merge_users=row.trusted)
            )

    def _only_user(self, value: str) -> bool:
        as_user, as_anonymous = identity_id("u", value), identity_id("a", value)
        return self._is_known(as_user) and not self._is_known(as_anonymous)

    def _is_erased(self, kind: IdKind, value: str) -> bool:
        """Whether an id of an erased person would come back. As the other kind it is somebody else's who is known."""
        if self._is_known(identity_id(kind, value)):
            return is_suppressed(kind, value)
        return any(is_suppressed(each, value) for each in BOTH_KINDS)

    def _is_known(self, identity: int) -> bool:
        return identity in self.known or identity in self.seen

    def _see(self, kind: IdKind, value: str, at_us: int, *, touch: bool = False) -> int:
        identity = identity_id(kind, value)
        seen = self.seen.get(identity)
        if seen is None:
            seen = self.seen[identity] = Seen(kind, value, at_us)
        elif at_us < seen.first_us:
            seen.first_us = at_us
        if touch and (not seen.first_touch_us or at_us < seen.first_touch_us):
            seen.first_touch_us = at_us
        return identity
