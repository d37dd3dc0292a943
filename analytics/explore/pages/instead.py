"""What else may be asked where a question found nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from productops.lib.cells import Link
from productops.lib.periods import Filters, relative

Pairs = Sequence[tuple[str, str]]
DAYS = ("from", "to", "range")


@dataclass(frozen=True)
class Unseen:
    """A name that nothing was ever sent under, said in a sentence; the same question with names it may have meant."""

    sentence: str
    instead: Sequence[Link]

    @classmethod
    def of(cls, name: str, near: Sequence[str], kind: str, pairs: Pairs) -> "Unseen":
        sentence = _("Nothing called “%(name)s” was ever sent.") % {"name": name}

        def meant(field: str, value: str, instead: str) -> str:
            is_name = value.strip() == name and field.split(".")[-1] != "value"
            return instead if is_name else value

        changed = {one: [(field, meant(field, value, one)) for field, value in pairs] for one in near}
        return cls(sentence, [Link(one, asking(kind, asked)) for one, asked in changed.items()])


def more(kind: str, pairs: Pairs, filters: Filters) -> Link | None:
    """The same question about more: without what narrows it, otherwise about the longest time that is offered."""
    wide = [(name, value) for name, value in pairs if name != "seg" and "filters" not in name.split(".")]
    if any(value for name, value in pairs if name.split(".")[-1] in ("seg", "property") and (name, value) not in wide):
        return Link(_("Ask without filters"), asking(kind, wide))
    longest = filters.options.ranges[-1]
    longer = relative(longest, filters.today)
    if longer is None or longer.days <= filters.span.days:
        return None
    rest = [(name, value) for name, value in pairs if name not in DAYS]
    return Link(_("Ask about a longer time"), asking(kind, [*rest, ("range", longest)]))


def asking(kind: str, pairs: Pairs) -> str:
    return f"{reverse('explore_kind', args=[kind])}?{urlencode(pairs)}"
