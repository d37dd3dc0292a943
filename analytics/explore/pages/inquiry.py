"""One Explore page as it was asked for: its state, the question it makes, and the answers to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards.figures import Figures
from analytics.explore import kept
from analytics.explore.analyses import BY_KIND
from analytics.explore.conditions import PERSON
from analytics.explore.pages import spelling
from analytics.explore.pages.forms import Form, Text
from analytics.explore.pages.instead import Unseen, asking, more
from analytics.explore.pages.marks import Happening, happened, marks
from analytics.explore.pages.states import State, flattened, restored
from analytics.explore.requests.base import QuestionSerializer
from analytics.metrics.calendar import Grain
from analytics.people.removal import PERSONAL_TRAITS
from analytics.store.pool import QueryCancelled, QueryProcessDied, QueryTooLong
from productops.lib.cards import Card, Column, Definition, Hero, Notice, Table
from productops.lib.cells import Behind, Link
from productops.lib.charts import Chart, Mark
from productops.lib.flows import Flow
from productops.lib.periods import Filters, Options

UNANSWERED = (QueryTooLong, QueryCancelled, QueryProcessDied)


class NotKnown(Exception):
    """The answer has to be worked out first."""


@dataclass(frozen=True)
class Content:
    """What an answer puts on a card."""

    table: Table
    takeaway: str = ""
    context: str = ""
    chart: Chart | None = None
    flow: Flow | None = None
    hero: Hero | None = None
    state: Notice | None = None
    actions: Sequence[Link] = ()
    source: str = ""


@dataclass(frozen=True)
class Part:
    """A card before its answer is there: what it asks, with ``changes`` to the page's question."""

    question: str
    definition: Definition
    fill: Callable[[dict[str, Any]], Content]
    changes: Mapping[str, Any] = field(default_factory=dict)
    span: int = 12


@dataclass(frozen=True)
class Inquiry:
    """``checked`` is what the API takes, found valid; ``pairs`` spell the page's whole state.

    ``spelled`` names a card and the dialect in which its SQL is shown, as in ``steps.postgres``. ``with_sql``: all
    cards show theirs, as it ran; else the page's script fetches it for those who look at it. With ``only_known``
    nothing is worked out; ``withdrawn`` tells whether answers are still waited for.
    """

    kind: str
    checked: QuestionSerializer
    filters: Filters
    pairs: tuple[tuple[str, str], ...]
    may_see_people: bool
    spelled: str = ""
    with_sql: bool = False
    only_known: bool = False
    withdrawn: Callable[[], bool] | None = None
    version: kept.Version = field(default_factory=kept.Version)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return self.checked.initial_data

    @property
    def asked(self) -> dict[str, Any]:
        """The body with all defaults, as the API reads it."""
        return self.checked.validated_data

    def answer(self, changes: Mapping[str, Any], *, with_sql: bool = False) -> dict[str, Any]:
        """What the API answers to this question, with changes; asked once however many cards show it.

        Raises NotKnown, and what ``pool.ask`` raises.
        """
        key = repr(sorted(changes.items()))
        if key not in self.answers:
            body = self._changed(changes)
            found = kept.known(self.kind, body, self.version) if self.only_known else None
            if self.only_known and found is None:
                raise NotKnown
            if self.withdrawn and self.withdrawn():
                raise QueryCancelled
            found = found or kept.answered(self.kind, body, self.version, self.withdrawn, with_sql=with_sql)
            self.answers[key] = found
        return self.answers[key]

    def sql(self, changes: Mapping[str, Any], dialect: str) -> str:
        """The SQL of this question, with changes, for an engine; said in a comment why it can't be had."""
        try:
            answer = self.answer(changes)
            ran = dialect == answer["engine"]
            if ran and "sql" in answer:
                return str(answer["sql"])
            words = kept.AS_IT_RAN if ran else dialect
            return kept.spelled(self.kind, self._changed(changes), self.version, words)
        except UNANSWERED as problem:
            return f"-- {unanswered(problem)}"

    def _changed(self, changes: Mapping[str, Any]) -> QuestionSerializer:
        if not changes:
            return self.checked
        serializer = BY_KIND[self.kind].request(data={**self.body, **changes})
        serializer.is_valid(raise_exception=True)
        return serializer

    def unseen(self) -> list[Unseen]:
        """The names of the questions asked so far that nothing was ever sent under."""
        found = {(one["name"], tuple(one["near"])) for answer in self.answers.values() for one in answer["unknown"]}
        return [
            Unseen.of(name, [one for one in near if self._may_ask_by(one)], self.kind, self.pairs)
            for name, near in sorted(found)
        ]

    def _may_ask_by(self, name: str) -> bool:
        return self.may_see_people or name.removeprefix(PERSON) not in PERSONAL_TRAITS

    def earlier_days(self, grain: Grain = "day") -> dict[str, str] | None:
        """The days compared with, a whole number of weeks or months earlier; None without a comparison."""
        if self.filters.vs == "none":
            return None
        figures = Figures(self.filters)
        first, last = (figures.counterpart(day, grain).isoformat() for day in (self.filters.first, self.filters.last))
        return {"from": first, "to": last}

    @cached_property
    def happened(self) -> list[Happening]:
        return happened(self.filters)

    def marks(self, periods: Sequence[str]) -> list[Mark]:
        """What happened in the periods of an answer."""
        return marks(self.happened, periods, self.filters.zone)

    def annotating(self) -> list[Link]:
        """Where one notes what happened on these days, and comes back from."""
        asked = urlencode({"day": self.filters.last.isoformat(), "back": asking(self.kind, self.pairs)})
        return [Link(_("Add annotation"), f"{reverse('annotation_new')}?{asked}")]

    def behind(self, figure: float | None, **point: Any) -> Any:
        """A figure of a table, leading to the people behind it where the reader may see them."""
        if not figure or not self.may_see_people:
            return figure
        return Behind(figure, self.people_href(**point))

    def people_href(self, **point: Any) -> str:
        """Where the people behind a point are listed; blank for those who may not see them."""
        if not self.may_see_people:
            return ""
        asked = [*self.pairs, *flattened(point, "point")]
        return f"{reverse('explore_people', args=[self.kind])}?{urlencode(asked)}"

    def export(self, card: str, format: str) -> str:
        return "?" + urlencode([*self.pairs, ("card", card), ("format", format)])

    def cards(self, parts: Mapping[str, Part]) -> dict[str, Callable[[], Card]]:
        return {key: partial(self._card, key, part) for key, part in parts.items()}

    def _with_a_way_on(self, content: Content) -> Content:
        if not content.state or content.state.state != "no_match" or content.state.link:
            return content
        return replace(content, state=replace(content.state, link=more(self.kind, self.pairs, self.filters)))

    def _card(self, key: str, part: Part) -> Card:
        known: dict[str, Any] = {"key": key, "question": part.question, "definition": part.definition}
        try:
            answer = self.answer(part.changes, with_sql=self.with_sql)
            content = self._with_a_way_on(part.fill(answer))
        except UNANSWERED as problem:
            nothing = Table(part.question, [Column(_("Nothing"))], [])
            again = Link(_("Try again"), asking(self.kind, self.pairs))
            return Card(**known, table=nothing, state=Notice("error", unanswered(problem), link=again), span=part.span)
        card, _dot, chosen = self.spelled.partition(".")
        ran = answer["engine"]
        dialect = chosen if card == key and chosen in spelling.DIALECTS else ran if self.with_sql else ""
        return Card(
            **known,
            **vars(content),
            sql={spelling.DIALECTS[dialect]: self.sql(part.changes, dialect)} if dialect else {},
            sql_tabs=spelling.tabs(key, ran, dialect, self.pairs),
            csv=self.export(key, "csv"),
            parquet=self.export(key, "parquet"),
            span=part.span,
        )


def unanswered(problem: Exception) -> str:
    """Why there is no answer, in words."""
    if isinstance(problem, QueryTooLong):
        return _("The answer took longer than a query may. Ask for fewer days or events, or try again later.")
    return _("The query was ended before it had an answer.")


@dataclass(frozen=True)
class Page:
    """A kind of analysis as a page: ``body`` makes a state what the API takes, ``parts`` are the cards of its answer.

    ``first`` is the state of a page that nobody has changed yet, ``state_of`` that of a body that was kept.
    ``asked_of`` is the body by which the people behind a point are asked for: a card may ask something
    else than the page.
    """

    kind: str
    label: Text
    form: Form
    first: Callable[[], State]
    body: Callable[[State, Filters], dict[str, Any]]
    parts: Callable[[Inquiry], dict[str, Part]]
    options: Options = field(default_factory=Options)
    asked_of: Callable[[dict[str, Any], State], dict[str, Any]] = lambda body, point: body
    state_of: Callable[[dict[str, Any]], State] = restored
