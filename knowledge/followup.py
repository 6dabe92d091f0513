"""Follow-ups: what a question leans on in the conversation before it, by rules."""

import re
from collections.abc import Sequence

from knowledge import words
from knowledge.question import asks_itself, understand, years
from knowledge.types import Turn

_OPENS = re.compile(
    r"^\W*(?:(?:ok|okay|wait|yeah|yes|no|cool|thanks|thx|hm+|oh|right)\b\W*)*"
    r"(and|n|but|or|so|also|what about|how about|what if)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"^\W*(why|when|where|who|how)\W*$"
    r"|\b(it|its|they|them|their|theyre|this|these|those|he|she|him|her|his|then"
    r"|same|ones?|back|else|instead|next|other|another)\b"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b(?! (is|are|was|were)\b)"
    r"|(^\W*|\b(is|was|are|were|did|do|does|has|had|will|would|can|could|if|when|why|how|who|about|of|for|in"
    r"|after|before|until|since|than|and|to|with|by|on|at|from|like|over|against|under|what['’]?s) )that\b"
    r"|\bthat( too| much| time| year)?\W*$",
    re.IGNORECASE,
)
"""A question with one of these says only together with the one before what it is about; not with the "there"
of "is there", and not with a "that" behind a noun."""
FRAGMENT = 2
"""Words worth looking up, up to which a question that is no whole sentence does so, too: "by how many votes?"
"""
TOPIC = 2
"""Words worth looking up, from which one that opens as a follow-up brings in a topic: "and the tilly tax?"
"""
_YEAR_IN_NAME = re.compile(r"(?:\bthe|['’]s|s['’]) (20\d\d) [a-z]", re.IGNORECASE)
_ASKS = re.compile(r"\?|^\W*any\b|\b(who|what|when|where|why|which|how)\b", re.IGNORECASE)
_SENTENCE = re.compile(
    r"\b(am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
    r"|(what|who|when|where|how)['’]?[sd]|define|explain)\b"
    r"|^\W*(who|what|which|why|when|where)\W+\w+\W+\w",
    re.IGNORECASE,
)


def leans(question: str) -> bool:
    """Whether a question says only together with the one before what it is about."""
    if _OPENS.search(question) or _POINTS.search(question):
        return True
    is_short = len(words.terms(question)) <= FRAGMENT
    return is_short and bool(_ASKS.search(question)) and not _SENTENCE.search(question)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Make a follow-up searchable by itself: what says what it is about stands before it.

    That is the last question that does not lean itself, with the unions and the year that were named last in
    place of its own, and the topic brought in since. Where no question names a year, what was answered does.
    """
    if not (history and leans(question)):
        return question
    start = max((n for n, turn in enumerate(history) if not leans(turn.question)), default=0)
    turns = history[start:]
    topic = next((turn.question for turn in reversed(turns[1:]) if _is_topic(turn.question)), "")
    about = turns[0].question
    for turn, following in zip(turns, [*(turn.question for turn in turns[1:]), question], strict=True):
        about = _carried(_of_the_year_told(about, turn.answer, following), following)
    before = [part.rstrip("?!. ") for part in (about, topic) if part]
    adds = _POINTS.search(question) or not _stands_in(question, about)
    return "? ".join([*before, question] if adds else before)


def own_part(question: str, whole: str) -> str:
    """What was asked last of a question that stands alone: all, if only a union or year was put in."""
    return question if whole.endswith(question) else whole


def _is_topic(question: str) -> bool:
    is_named = _OPENS.search(question) and not (_POINTS.search(question) or _SENTENCE.search(question))
    return bool(is_named) and len(words.terms(question)) >= TOPIC


def _of_the_year_told(about: str, answer: str, following: str) -> str:
    """Put in the year that what was answered bears in its name, where none is asked for."""
    told = set(_YEAR_IN_NAME.findall(answer.partition("[")[0]))  # up to the first mark
    asks_for_one = understand(following).means_now or understand(f"{about} {following}").years
    return about if asks_for_one or len(told) != 1 else f"{about} {told.pop()}"


def _carried(about: str, following: str) -> str:
    """Put the union and the year that a follow-up names in the place of those that a question names."""
    named, held = list(understand(following).years), list(years(about))
    if len(named) == len(held) == 1:
        about = about.replace(held[0], named[0])
    return words.with_union_of(following, about)


def _stands_in(question: str, about: str) -> bool:
    """Whether a follow-up asks nothing that is not said already: "and the writers?", once they are put in."""
    terms = words.stems(" ".join(words.terms(question)))
    return bool(terms) and not asks_itself(question) and set(terms) <= set(words.stems(about))
