"""Whether a number is told as the least or the most of something: "at least ten years", "$4 billion or more".

"Within" is no bound here: of notice it is the most, of an answer's time the same as no bound at all.
"""

import re

LEAST, MOST = "at least", "at most"
"""What "more than" and "nearly" are taken for as well: the number itself is all they have between them."""

_MORE = (
    r"at least|(?:more|longer|later|greater|higher) than|above|beyond|exceed(?:s|ed|ing)?|in excess of"
    r"|upwards of|(?:minimum|at a minimum) of"
)
_LESS = (
    r"at most|(?:less|fewer|shorter|lower|earlier|sooner) than|below"
    r"|(?<!go )(?<!goes )(?<!gone )(?<!went )up to|as (?:many|much|long) as"
    r"|(?:maximum|cap) of|capped at|nearly|almost|close to|just (?:under|shy of)"
)
_TIME = re.compile(
    r"\W*[\w.,]+(?:\s\w+)?[\s-](?:minute|hour|day|night|week|month|quarter|season|year|decade)"
)
"""Over four years something lasts; over four dollars something costs."""
_BEFORE = re.compile(
    r"(?:(?P<not>\b(?:no|not|never|cannot)\b|n['’]t\b)(?:\s\w+){0,3}?\s)?"
    rf"\b(?:(?P<more>{_MORE})|(?P<less>{_LESS})|(?P<over>over)|(?P<under>under))"
    r"(?:\s(?:about|around|roughly|some|the|an?|another|further))*\s*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:\s\w+){0,2}?,?\s(?:or (?:more|longer|above|over|higher)\b|at (?:the )?least(?=\W*$|[.,;:)])"
    r"|(?P<less>or (?:less|fewer|shorter|below|under|lower)\b|at (?:the )?most(?=\W*$|[.,;:)])))|\+",
    re.IGNORECASE,
)
REACH = 60
"""Characters before a number in which its bound is looked for."""


def bound_of(number: re.Match[str]) -> str:
    """Tell whether what is found in a text is told as the least, the most, or neither ("")."""
    behind = _BEHIND.match(number.string, number.end())
    if behind:
        return MOST if behind["less"] else LEAST
    return _before(number.string[max(0, number.start() - REACH) : number.start()], number[0])


def _before(text: str, number: str) -> str:
    found = _BEFORE.search(text)
    if not found or (found["over"] and _TIME.match(number)):
        return ""
    is_least = bool(found["more"] or found["over"]) != bool(found["not"])
    return LEAST if is_least else MOST
