"""Regular expressions that valid numbers and times match, in any of the forms that writers of CSV files give them.

Python's checks of single values, in `column_rules.py`, say what is valid; an expression that missed a whole form, such
as numbers with zeros before them, would make files of that form slow to check. Each string must match in one way only,
as `value_patterns.py` says: so numbers of a fixed length, or without a zero at their start, follow zeros.
"""

MIN_MILLISECONDS_DIGITS = 12  # as seconds that is the year 5138; as milliseconds it is 1973
PLAIN_TIMESTAMP = r"[1-9][0-9]{8,9}"  # 1973 to 2286
"""The regular expression for times as most files have them: without a sign, whose absence takes time to find."""

_MANY = 200  # digits: each part of a number may have so many, and all of it is shorter than the longest value
_ZEROS = f"0{{0,{_MANY}}}"
_FRACTION = rf"(?:\.[0-9]{{0,{_MANY}}})?"
_DIVIDED = f"[eE]-[0-9]{{1,{_MANY}}}"  # an exponent that makes a number smaller
_NOT_ROUNDED_UP = r"(?!0*9+\.9{5})"  # to one that has a digit more


def _digits(count: int) -> str:
    """Returns the expression for whole numbers of so many digits at most, without the zeros before them."""
    return f"(?:[0-9]{{1,{count}}}|0{{1,{_MANY}}}[0-9]{{{count}}})"


def _times_ten_to(exponent: str) -> str:
    """Returns the expression for an exponent, given as one that has no zeros before it."""
    return rf"[eE]\+?{_ZEROS}(?:{exponent})"


def _below(limit: str, length: int) -> str:
    """Returns the expression for whole numbers of so many digits whose first ones are below a limit."""
    pattern = ""
    for place in reversed(range(len(limit))):
        digit, lowest = int(limit[place]), int(place == 0)
        smaller = [f"[{lowest}-{digit - 1}][0-9]{{{length - place - 1}}}"] if digit > lowest else []
        pattern = f"(?:{'|'.join([*smaller, *([f'{digit}{pattern}'] if pattern else [])])})"
    return pattern


def _below_with_point(limit: str) -> str:
    """Returns the expression for numbers of one digit before the point whose digits are below a limit."""
    decimals = ""
    for digit in map(int, reversed(limit[1:])):
        smaller = [f"[0-{digit - 1}][0-9]{{0,{_MANY}}}"] if digit else []
        decimals = f"(?:{'|'.join([*smaller, *([f'{digit}{decimals}'] if decimals else [])])})?"
    first = int(limit[0])
    less = f"[1-{first - 1}]{_FRACTION}|" if first > 1 else ""
    return rf"(?:{less}{first}(?:\.{decimals})?)"


def _integer(limit: str) -> str:
    """Returns the expression for whole numbers from minus a limit to one less than the limit."""
    length = len(limit)
    longest = f"{_ZEROS}{_below(limit, length)}"
    return f"[+-]?(?:{_digits(length - 1)}|{longest}|(?<=-){_ZEROS}{limit})"


def _float(limit: str, power: int, *, small: tuple[int, str], large: str, largest: str) -> str:
    """Returns the expression for numbers with and without a point and an exponent, below a limit.

    Args:
        limit: Its first digits.
        power: Its power of ten.
        small: How many digits before the point a number may have, and up to which exponents; together at most `power`.
        large: The larger exponents that a number of nine digits may have.
        largest: The larger exponents that a number of one digit may have.
    """
    digits, exponent = small
    return (
        rf"[+-]?(?:(?:[0-9]{{1,{digits}}}{_FRACTION}|\.[0-9]{{1,{_MANY}}})(?:{_DIVIDED}|{_times_ten_to(exponent)})?"
        rf"|(?:[0-9]{{{digits + 1},{power}}}|0{{1,{_MANY}}}[0-9]{{{power}}}){_FRACTION}(?:{_DIVIDED})?"
        rf"|[0-9]{{1,9}}{_FRACTION}{_times_ten_to(large)}"
        rf"|[0-9]{_FRACTION}{_times_ten_to(largest)}"
        rf"|{_below_with_point(limit)}{_times_ten_to(str(power))}"
        rf"|{_below(limit, power + 1)}{_FRACTION})"
    )


VALID_NUMBERS = {
    "double": _float(
        "17976931348623158", 308, small=(40, "[0-9]|[1-9][0-9]|1[0-9]{2}"), large="2[0-9]{2}", largest="30[0-7]"
    ),
    "float": _float("340282356", 38, small=(19, "1?[0-9]"), large="2[0-9]", largest="3[0-7]"),
    "long": _integer(str(2**63)),
    "int": _integer(str(2**31)),
}
"""The expressions for valid numbers by their Avro types, of which each matches all that those after it match."""

PLAIN_NUMBERS = {
    "double": rf"[+-]?[0-9]{{1,40}}{_FRACTION}",
    "float": rf"[+-]?[0-9]{{1,19}}{_FRACTION}",
    "long": "[+-]?[0-9]{1,18}",
    "int": "[+-]?[0-9]{1,9}",
}
"""The expressions for some of them, which are all that most files have."""

ANY_FLOAT = (
    rf"[+-]?(?:[0-9]{{1,{2 * _MANY}}}{_FRACTION}|\.[0-9]{{1,{_MANY}}})"
    rf"(?:{_DIVIDED}|{_times_ten_to('[1-9][0-9]{0,99}|0')})?"
)
"""The expression for numbers of any size."""


def timestamp_pattern(*, may_be_far: bool, may_have_fraction: bool) -> str:
    """Returns the regular expression for times in seconds.

    Args:
        may_be_far: Whether they may be before 1973 and after 2286, if they cannot be milliseconds.
        may_have_fraction: Whether they may have a fraction.
    """
    if not may_have_fraction:
        return rf"[+-]?{_digits(MIN_MILLISECONDS_DIGITS - 1)}" if may_be_far else rf"\+?{_ZEROS}{PLAIN_TIMESTAMP}"
    if may_be_far:
        scaled = (f"[0-9]{{{n}}}{_FRACTION}{_times_ten_to(f'[0-{10 - n}]')}" for n in range(1, 11))
        divided = f"[0-9]{{1,{MIN_MILLISECONDS_DIGITS - 1}}}{_FRACTION}{_DIVIDED}"
        whole = _digits(MIN_MILLISECONDS_DIGITS - 1)
        return rf"[+-]?{_NOT_ROUNDED_UP}(?:{whole}{_FRACTION}|{divided}|{'|'.join(scaled)})"
    scaled = (
        f"[1-9][0-9]{{{n - 1}}}{_FRACTION}{_times_ten_to('|'.join(str(e) for e in (9 - n, 10 - n) if e >= 0))}"
        for n in range(1, 11)
    )
    return rf"\+?{_ZEROS}{_NOT_ROUNDED_UP}(?:{PLAIN_TIMESTAMP}{_FRACTION}|{'|'.join(scaled)})"
