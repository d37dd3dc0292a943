"""Regular expressions of the RE2 kind, which DuckDB and ClickHouse take, in the words of PostgreSQL."""

import re

# What is the same there stands for itself; these mean something else, or nothing.
ESCAPES = {
    "d": "[0-9]", "D": "[^0-9]", "w": "[0-9A-Za-z_]", "W": "[^0-9A-Za-z_]", "s": r"[\t\n\f\r ]", "S": r"[^\t\n\f\r ]",
    "b": r"\y", "B": r"\Y", "A": r"\A", "z": r"\Z",
}  # fmt: skip
IN_CLASS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
CONTROLS = "aftnrv"
MOST_REPEATS = 255
MEMBER = re.compile(
    r"""
      \[: (?P<negated> \^? ) \w+ :\]
    | \\x \{ (?P<code> [0-9A-Fa-f]+ ) \}
    | \\x (?P<byte> [0-9A-Fa-f]{2} )
    | \\ (?P<escape> . )
    | (?P<plain> . )
    """,
    re.VERBOSE | re.DOTALL,
)
TOKEN = re.compile(
    r"""
      \\Q (?P<quoted> .*?) (?: \\E | \Z )
    | \\x \{ (?P<code> [0-9A-Fa-f]+ ) \}
    | \\x (?P<byte> [0-9A-Fa-f]{2} )
    | \\ (?P<escape> . )
    | \[ (?P<class> \^? \]? (?: \[:\^?\w+:\] | \\. | [^\]\\] )* ) \]
    | \(\?P?< \w+ > (?P<named>)
    | \(\?: (?P<group>)
    | \(\? (?P<flags> [a-zA-Z-]* ) \)
    | \(\? (?P<scoped>)
    | \{ (?P<repeats> [0-9]+ (?: , [0-9]* )? ) \}
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class NotForPostgreSQL(ValueError):
    """PostgreSQL has no words for a part of the pattern."""


def for_postgresql(pattern: str) -> str:
    """The pattern as one of PostgreSQL's advanced regular expressions. Raises NotForPostgreSQL.

    ``pattern`` is a valid expression of RE2. Flags hold for all of it, so they stand at its beginning.
    """
    flags, body = _leading_flags(pattern)
    options = ("i" if "i" in flags else "") + ("w" if "m" in flags else "")
    parts = [_translated(token, dot="." if "s" in flags else r"[^\n]") for token in TOKEN.finditer(body)]
    return (f"(?{options})" if options else "") + "".join(parts)


def _leading_flags(pattern: str) -> tuple[str, str]:
    found = re.match(r"\(\?([ims]+)\)", pattern)
    return (found[1], pattern[found.end() :]) if found else ("", pattern)


def _translated(token: re.Match[str], dot: str) -> str:
    kind, text = token.lastgroup, token[0]
    if kind == "quoted":
        return "".join(map(_literally, token["quoted"]))
    if kind in ("code", "byte"):
        return _literally(chr(int(token[kind], 16)))
    if kind == "escape":
        return _escape(token["escape"])
    if kind == "class":
        return _class(token["class"])
    if kind == "named":
        return "("
    if kind in ("flags", "scoped"):
        raise NotForPostgreSQL("Flags such as (?i) may only stand at the beginning of the pattern.")
    if kind == "repeats" and max(map(int, filter(None, token["repeats"].split(",")))) > MOST_REPEATS:
        raise NotForPostgreSQL(f"A part may be repeated at most {MOST_REPEATS} times.")
    return dot if text == "." else text


def _escape(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter.isalnum() and letter not in CONTROLS:
        raise NotForPostgreSQL(rf"\{letter} isn't understood here.")
    return f"\\{letter}"


def _literally(character: str) -> str:
    return character if character.isalnum() else f"\\U{ord(character):08x}"


def _class(members: str) -> str:
    """A class of characters, given what stands between its brackets."""
    negated = members.startswith("^")
    return f"[{'^' if negated else ''}{''.join(map(_member, MEMBER.finditer(members[negated:])))}]"


def _member(token: re.Match[str]) -> str:
    if code := token["code"] or token["byte"]:
        return _literally(chr(int(code, 16)))
    if token["escape"] in IN_CLASS:
        return IN_CLASS[token["escape"]]
    if token["negated"] or ((token["escape"] or "").isalnum() and token["escape"] not in CONTROLS):
        raise NotForPostgreSQL(f"{token[0]} isn't understood within brackets.")
    return f"\\{token[0]}" if token["plain"] in ("[", "]") else token[0]
