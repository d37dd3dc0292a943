"""How figures are written: pure functions from a number to the text a reader sees.

Everywhere ``None`` means there is no figure and is blank, NaN means it is unknown and is an en
dash, and 0 is ``0``. Halves are rounded away from zero, as by hand.
"""

import math
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

MINUS = "−"
UNKNOWN = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}

Figure = int | float | None


def missing(value: Figure) -> str | None:
    """The text for a value that is no figure, or None for one that is."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return UNKNOWN
    return None


def rounded(value: float | Decimal, places: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def fixed(value: float | Decimal, places: int) -> str:
    """``value`` with exactly ``places`` decimals, grouped by thousands, with a true minus."""
    number = rounded(value, places)
    sign = MINUS if number < 0 else ""
    return f"{sign}{abs(number):,f}"


def significant(value: float, digits: int = 3) -> str:
    """``value`` to ``digits`` significant digits, never cutting digits before the point."""
    # Rounding may carry into another digit (9.999 is 10.0), so the places are counted after it.
    number = rounded(value, digits - 1 - Decimal(str(value)).adjusted())
    return fixed(number, max(0, digits - 1 - number.adjusted()))


def compact(value: Figure) -> str:
    """For tiles and sentences: ``41,275`` and ``5.62``, from 100,000 on ``412.6K`` and ``1.24M``."""
    if (text := missing(value)) is not None:
        return text
    assert value is not None
    if abs(value) < 99_999.5:
        return fixed(value, 0) if float(value).is_integer() or abs(value) >= 100 else significant(value)
    return abbreviated(value)


def abbreviated(value: float) -> str:
    """Thousands with one decimal, larger units to three significant digits: ``412.6K``, ``1.24M``, ``12.4B``."""
    if abs(value) < 999_950:
        return f"{fixed(value / 1e3, 1)}K"
    for scale, unit in ((1e6, "M"), (1e9, "B")):
        if abs(value) < 999.5 * scale:
            return f"{significant(value / scale)}{unit}"
    return f"{significant(value / 1e12)}T"


def exact(value: Figure) -> str:
    """For tables: whole numbers in full, others with two decimals, small ones to three significant digits."""
    if (text := missing(value)) is not None:
        return text
    assert value is not None
    if float(value).is_integer():
        return fixed(value, 0)
    return fixed(value, 2) if abs(value) >= 1 else significant(value)


def percent(share: Figure, places: int = 1) -> str:
    """A share of one as per cent: 0.382 is ``38.2%``."""
    text = missing(share)
    return f"{fixed(share * 100, places)}%" if text is None else text  # type: ignore[operator]


def points(difference: Figure) -> str:
    """A difference of two shares in percentage points: 0.023 is ``2.3 pp``."""
    text = missing(difference)
    return f"{fixed(difference * 100, 1)}{NO_BREAK}pp" if text is None else text  # type: ignore[operator]


def money(amount: Figure, currency: str = "USD") -> str:
    """An exact amount: ``$0.42``, ``$25``, ``$1,234.50``, and from 10,000 on without cents."""
    if (text := missing(amount)) is not None:
        return text
    assert amount is not None
    size = abs(amount)
    whole = size >= 9_999.995 or (size >= 10 and float(amount).is_integer())
    return in_currency(fixed(size, 0 if whole else 2), currency, negative=amount < 0)


def money_compact(amount: Figure, currency: str = "USD") -> str:
    """An amount for tiles and sentences: like ``money``, but ``$4.9K`` from 1,000 on."""
    if (text := missing(amount)) is not None:
        return text
    assert amount is not None
    if abs(amount) < 999.995:
        return money(amount, currency)
    return in_currency(abbreviated(abs(amount)), currency, negative=amount < 0)


def in_currency(text: str, currency: str, *, negative: bool) -> str:
    symbol = SYMBOLS.get(currency, currency + NO_BREAK)
    return f"{MINUS if negative else ''}{symbol}{text}"


def duration(seconds: Figure) -> str:
    """A length of time in at most two units: ``340 ms``, ``45 s``, ``4 min 30 s``, ``1 h 12 min``, ``2.1 d``."""
    if (text := missing(seconds)) is not None:
        return text
    assert seconds is not None
    if seconds < 0:
        return MINUS + duration(-seconds)
    if seconds == 0:
        return f"0{NO_BREAK}s"
    if seconds < 1:
        return f"{fixed(seconds * 1000, 0)}{NO_BREAK}ms"
    if seconds < 9.95:
        return f"{fixed(seconds, 1).removesuffix('.0')}{NO_BREAK}s"
    if (whole := round(seconds)) < 60:
        return f"{whole}{NO_BREAK}s"
    if whole < 600:
        return two_units(whole, 60, "min", "s")
    if (minutes := round(seconds / 60)) < 24 * 60:
        return two_units(minutes, 60, "h", "min") if minutes >= 60 else f"{minutes}{NO_BREAK}min"
    return f"{fixed(seconds / 86_400, 1).removesuffix('.0')}{NO_BREAK}d"


def two_units(amount: int, size: int, large: str, small: str) -> str:
    large_part, small_part = divmod(amount, size)
    text = f"{large_part}{NO_BREAK}{large}"
    return f"{text} {small_part}{NO_BREAK}{small}" if small_part else text


def signed(text: str) -> str:
    """``text`` of a figure with its sign always written: ``+3`` or ``−3``; ``0`` and blanks stay as they are."""
    zero = not any(digit in text for digit in "123456789")
    return text if zero or text.startswith(MINUS) else f"+{text}"


def margin(half_width: str) -> str:
    """The half-width of an interval, to be set in grey after its value: ``± 0.09``."""
    return f"±{NO_BREAK}{half_width}"


def interval(low: str, high: str) -> str:
    """A range of two written figures: ``7.4 – 13.9``; with a sign in either it reads ``−2 to +5``."""
    return (
        _("%(low)s to %(high)s") % {"low": low, "high": high}
        if {low[:1], high[:1]} & {"+", MINUS}
        else f"{low} – {high}"
    )


FORMATS = {
    "count": exact,
    "number": exact,
    "percent": percent,
    "points": points,
    "money": money,
    "duration": duration,
}
COMPACT_FORMATS = FORMATS | {"count": compact, "number": compact, "money": money_compact}


def written(value: Figure, kind: str) -> str:
    """``value`` in full, by the kind of figure it is (a key of ``FORMATS``)."""
    return FORMATS[kind](value)  # type: ignore[operator]


def written_compactly(value: Figure, kind: str) -> str:
    return COMPACT_FORMATS[kind](value)  # type: ignore[operator]
