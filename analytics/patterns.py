"""Regular expressions as RE2 knows them, which run in time linear in the text: no pattern can stop a process."""

from collections.abc import Sequence


class BadPattern(ValueError):
    """A text is no regular expression that RE2 knows."""


def matching(pattern: str, texts: Sequence[str], *, ignore_case: bool = False) -> list[bool]:
    """Whether each text holds a match of the pattern. Raises BadPattern."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        hits = pc.match_substring_regex(pa.array(texts, pa.string()), pattern, ignore_case=ignore_case)
    except pa.ArrowInvalid as problem:
        raise BadPattern(str(problem)) from problem
    found: list[bool] = hits.to_pylist()
    return found
