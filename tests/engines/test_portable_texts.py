"""Properties, numbers and patterns are the same on every engine, and what they are meant to be."""

import re
from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir
import msgspec
import pyarrow as pa
import pytest

from analytics.metrics.patterns import NotForPostgreSQL, for_postgresql
from analytics.metrics.portable import folded, matches, number_in, property_text
from tests.engines.loading import put

pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")

Engines = dict[str, ibis.BaseBackend]


def worked_out(engine: ibis.BaseBackend, texts: list[str], **values: Callable[[ir.StringValue], ir.Value]) -> dict:
    """The value of each text, by the name of the function."""
    rows = pa.table({"place": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})
    table = put(engine, "texts", rows)
    found = table.select("place", **{name: value(table.text) for name, value in values.items()}).order_by("place")
    return found.drop("place").to_pyarrow().to_pydict()


PROPERTIES = {
    "text": ("40", "40"),
    "empty": ("", ""),
    "like a fraction": ("1.0", "1.0"),
    "unicode": ('é\n"q" 😀', 'é\n"q" 😀'),
    "whole": (40, "40"),
    "fraction": (1.5, "1.5"),
    "1e3": (1e3, "1000.0"),
    "zero": (0.0, "0.0"),
    "small": (-1.5e-7, "-1.5e-7"),
    "smallest whole": (-(2**63), "-9223372036854775808"),
    "largest whole": (2**64 - 1, "18446744073709551615"),
    "larger": (msgspec.Raw(b"123456789012345678901234567890"), "123456789012345678901234567890"),
    "yes": (True, "true"),
    "no": (False, "false"),
    "nothing": (None, None),
    "nested": ({"x": [1, "é", None, {"y": 2.5}]}, '{"x":[1,"é",null,{"y":2.5}]}'),
    "list": ([], "[]"),
    "a.b": (1, "1"),
    "$x": (2, "2"),
    "*": (3, "3"),
    "a/b": (4, "4"),
    "a~b": (5, "5"),
    "it's": (6, "6"),
    'q"': (7, "7"),
    "s\\": (8, "8"),
    "0": (9, "9"),
    "ключ": (10, "10"),
}


def test_the_text_of_a_property(engines: Engines):
    document = msgspec.json.encode({key: value for key, (value, _) in PROPERTIES.items()}).decode()
    expected = {key: [text, None] for key, (_, text) in PROPERTIES.items()} | {"not there": [None, None]}
    values = {key: lambda text, key=key: property_text(text, key) for key in expected}
    for name, engine in engines.items():
        assert worked_out(engine, [document, "{}"], **values) == expected, name


NUMBERS = {
    "40": 40, "0.1": 0.1, "1e3": 1000, "1E+3": 1000, "5e-05": 5e-05, "+5": 5, "-5": -5, ".5": 0.5, "5.": 5, "-0": 0,
    "123456789.123456789": 123456789.123456789, "9" * 100: 1e100, "1e99": 1e99, "1e-99": 1e-99,
}  # fmt: skip
NO_NUMBERS = (
    "", " ", "inf", "-Infinity", "nan", " 40", "40 ", "4\n", "1_000", "0x10", "1,5", "1e400", "9" * 101, "true", "--1",
    "1e", "e1", "1.2.3", "٤", "１", "1d",
)  # fmt: skip


def test_what_is_a_number_and_which(engines: Engines):
    texts = [*NUMBERS, *NO_NUMBERS]
    expected = [*NUMBERS.values(), *(None for _ in NO_NUMBERS)]
    for name, engine in engines.items():
        assert worked_out(engine, texts, value=number_in)["value"] == expected, name


def test_small_letters_of_all_scripts(engines: Engines):
    for name, engine in engines.items():
        assert worked_out(engine, ["ÄÖÜß", "жЖ", "AbC", "😀A", ""], value=folded)["value"] == [
            "äöüß", "жж", "abc", "😀a", "",
        ], name  # fmt: skip


PATTERNS = (
    r"pro", r"^pro$", r"^(pro|team)$", r"a.b", r"(?s)a.b", r"(?i)PRO", r"(?i)ÄÖ", r"(?m)^b$", r"(?im)^B$", r"^b$",
    r"\d+", r"\D", r"^\w+$", r"\W", r"\s", r"^\S+$", r"\bpro\b", r"o\B", r"\Aa", r"b\z", r"[\d.]+$", r"^[^\d]+$",
    r"[\w-]+@[\w.]+", r"[[:alpha:]]+[[:digit:]]", r"[]a]", r"[^]a]", r"[[x]", r"[a\]]", r"a{2}", r"a{2,}", r"^a{0,3}$",
    r"a{", r"(?:ab)+", r"(?P<year>\d{4})-(?P<month>\d\d)", r"a*?b", r"a+?", r"x|", r"\.", r"\$", r"\\", r"\/", r"\-",
    r"\Qa.b\E", r"\x41", r"\x{e4}", r"[\x41-\x43]", r"\t", r"[^a]b", r"€", r"^$", r".*", r"%", r"_", r"it's", r'"',
)  # fmt: skip
SUBJECTS = [
    "", "a", "b", "ab", "a.b", "a\nb", "aab", "aaa", "pro", "PRO", "product", "a pro b", "team", "äö", "ÄÖ", "1e3",
    "12.5", "x y", "me@mail.example", "abc1", "]", "[", "[x", "a{", "2025-01", "A", "ABC", "\t", "\\", "a/b", "a-b",
    "$5", "€", "it's", '"', "50 %", "snake_case", "٤", "é1", "line\n",
]  # fmt: skip


def matching(patterns: Sequence[str]) -> dict[str, Callable[[ir.StringValue], ir.Value]]:
    """1 where a pattern matches, as the column ``p`` and the pattern's place."""
    return {
        f"p{place}": lambda text, wanted=pattern: matches(text, wanted).ifelse(1, 0)
        for place, pattern in enumerate(patterns)
    }


def test_patterns_match_the_same_everywhere(engines: Engines):
    values = {
        f"p{place}": lambda text, p=pattern: matches(text, p).ifelse(1, 0) for place, pattern in enumerate(PATTERNS)
    }
    found = {name: worked_out(engine, SUBJECTS, **values) for name, engine in engines.items()}
    for place, pattern in enumerate(PATTERNS):
        by_engine = {name: list(map(bool, columns[f"p{place}"])) for name, columns in found.items()}
        assert by_engine["postgres"] == by_engine["duckdb"], pattern
        assert by_engine["clickhouse"] == by_engine["duckdb"], pattern


def test_patterns_match_what_python_says(engines: Engines):
    """Python means by these the same as RE2, so long as $ is told to be the very end and letters to be ASCII."""
    alike = [pattern for pattern in PATTERNS if not re.search(r"\\[QzABx]|\[:|\[\[|ÄÖ", pattern)]
    found = worked_out(engines["duckdb"], SUBJECTS, **matching(alike))
    for place, pattern in enumerate(alike):
        strict = re.sub(r"(?<!\\)\$$", r"\\Z", pattern) if not re.match(r"\(\?i?m", pattern) else pattern
        asked = [bool(re.search(strict, text, re.ASCII)) for text in SUBJECTS]
        assert list(map(bool, found[f"p{place}"])) == asked, pattern


NOT_IN_POSTGRESQL = (r"\pL", r"(?i:a)", r"a(?i)b", r"a{256}", r"a{1,1000}", r"[\D]", r"[[:^alpha:]]", r"\C")


@pytest.mark.parametrize("pattern", NOT_IN_POSTGRESQL)
def test_what_postgresql_has_no_words_for_is_refused(pattern: str):
    with pytest.raises(NotForPostgreSQL):
        for_postgresql(pattern)
