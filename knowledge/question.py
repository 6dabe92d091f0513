"""What a question asks: its terms, the kind of answer, the years it names, whether it means now."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from knowledge import words
from knowledge.meant import year_meant

AnswerKind = Literal["duration", "number", "date", "person", "reason", "definition", "permission"]

_FILLERS = r"^\W*(?:(?:so|but|and|wait|hey|ok|yo) )*"
_ASKS: dict[AnswerKind, str] = {
    "duration": r"\bhow long\b|\bhow many (hours|days|weeks|months|years)\b|\blength\b",
    "number": r"\bhow (much|many|big|few|high|low|bad|old|large|deep|often)\b"
    r"|(?<!\d)%|\bpercent(age)?\b|\bpct\b|\bturnout\b"
    r"|\bwh(at|ich)\b.{0,25}\b(share|number|price|salary|budget|amount|rate|cap|cost|fee|fine|total)\b",
    "date": r"\bwhen\b|\bwhens\b|\b(what|which) (day|date|month|year)\b|\bexpir|\bdeadline\b",
    "person": r"\bwho(se|s|m)?\b",
    "reason": r"\bwhy('?d|s)?\b|\bhow come\b|\breasons?\b",
    "definition": r"\bwhat('?s| is| are)( an?| the)? \w+( \w+)?\W*$|\bdefin|\bmean(s|ing)?\b|\bexplain\b",
    "permission": rf"{_FILLERS}(can|may|could|must|should)\b"
    r"|\b(allow|permit|forbid|ban|requir|mandat|prohibit|legal)\w*\b"
    r"|\b(have|has|need|got|free|supposed) to\b|\bgotta\b",
}
ASKS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKS.items()}
"""Tried in this order."""

_NUMBER_WORD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_YEAR = r"(?:1[5-9]|20)\d\d"
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_OPENING = (
    "The|An?|In|On|At|By|As|After|Before|Under|During|From|For|Its?|Their|His|Her|Both|No|And|But"
    "|Since|When|While"
)
ANSWERS: dict[AnswerKind, re.Pattern[str]] = {
    "duration": re.compile(rf"\b(\d[\d,.]*|{_NUMBER_WORD})[ -](hour|day|week|month|year)s?\b", re.IGNORECASE),
    "number": re.compile(rf"\d|\b({_NUMBER_WORD}|half|third|quarter|dozen)\b", re.IGNORECASE),
    "date": re.compile(rf"\b({_MONTH})\b|\b{_YEAR}\b"),
    "person": re.compile(rf"\b(?!({_OPENING})\b)[A-Z][a-z]+ ([A-Z]\. )?([Vv]an |[Dd]e )*[A-Z][\w-]+"),
    "reason": re.compile(r"\b(because|since|so that|over|due|saying|said|arg\w+|reasons?|after|to avoid)\b"),
    "definition": re.compile(r"\b(is|are|means|refers|called|covers)\b"),
    "permission": re.compile(
        r"\b(must|may|cannot|can|shall|consent\w*|(requir|forb[ia]d|allow|permit|prohibit|bann|bar|entitl)\w*)\b"
    ),
}
"""What a passage that can answer has in it."""

FITTING_FACTS: dict[AnswerKind, frozenset[str]] = {
    "duration": frozenset({"number"}),
    "number": frozenset({"number", "term"}),
    "date": frozenset({"date", "event"}),
    "person": frozenset({"person"}),
    "reason": frozenset({"position", "event"}),
    "definition": frozenset({"definition"}),
    "permission": frozenset({"rule", "term"}),
}
"""The kinds of fact (`knowledge/facts.py`) that answer each kind of question."""

CARRIERS: dict[AnswerKind, re.Pattern[str]] = {
    "duration": re.compile(
        rf"\b(\d[\d,.]*|{_NUMBER_WORD})[ -](hour|minute|day|week|month|year)s?\b", re.IGNORECASE
    ),
    "number": re.compile(
        rf"[$€£]?\d+([.,]\d+)*(%| (percent|per cent|million|billion|trillion))?"
        rf"|\b({_NUMBER_WORD}|half|third|quarter|dozen)\b"
    ),
    "date": re.compile(
        rf"\b(\d{{1,2}} ({_MONTH})( \d{{4}})?|({_MONTH})( \d{{1,2}}\b)?(,? \d{{4}})?|{_YEAR})\b"
    ),
    "person": ANSWERS["person"],
}
"""The very words that are the answer, for the kinds that have such."""

_NOW = re.compile(
    r"\b(now|rn|currently|current|latest|newest|recent|today|nowadays|still|these days|at the moment)\b",
    re.IGNORECASE,
)
_LOOKS_BACK = re.compile(
    r"\bvs?\b|\bversus\b|\bcompar|\bthan\b|\bdifferen|\bchang|\bbefore\b|\bused to\b|\bold(er)?\b|\bprevious"
    r"|\bformer|\bhistory\b"
    r"|\b(?:was|were|did)\b"
    r"(?!.*[,;] *(?:(?:so|and|but) )?(?:do|does|can|may|must|will|should|has|have|is|are) \w)",
    re.IGNORECASE,
)
"""Not what is told before it is asked: "i did one season, do they have to take me back"."""
_SHORT_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_ORGANISATION = "|".join(alias for group in words.ALIASES[:4] for alias in group.split())
_SHORT_YEAR = re.compile(
    r"(?:\bin(?:to)? |['’]|\b(?:spring|summer|fall|autumn|winter)(?: of)? "
    rf"|\b(?:in|of|early|mid|late) (?:{_SHORT_MONTH})[a-z]* )(2\d)\b"
    r"(?!\.\d|[%:-]|,? 20\d\d| (?:percent|people|members)\b"
    r"| (?!was\b|is\b|has\b|does\b|strikes|deals|contracts|talks)\w*s\b"
    r"| (?:hour|day|week|month|year|minute)\b)"
    rf"|\b(2\d) (?=(?:(?:{_ORGANISATION})\b[-'’s ]*)*"
    r"(?:deal|contract|agreement|edition|strike|talks|vote|ballot|election|season|report)s?\b)",
    re.IGNORECASE,
)
"""A year of two figures; behind "in" no number of things, behind a month no day of it."""
_ROLE = (
    r"\w*(?:president|leader|head|boss|chair\w*|chief|ceo|founder|owner|director|negotiator|lawyer|lead|host"
    r"|judge|winner|member|secretary|treasurer|manager|captain|coach|union|guild)s?"
)
_NO_NAME = rf"(?!(?:{_ROLE}|{_ORGANISATION}|behind|against|{'|'.join(sorted(words.STOP_WORDS))})\b)"
_NAME = (
    rf"(?-i:(?:{_NO_NAME}[A-Z][\w.-]* )+(?:[Vv]an |[Dd]e |[Dd]er )*{_NO_NAME}[A-Z][\w.-]*)"
    rf"|(?!\w+ing\b)(?:{_NO_NAME}[^\W\d_][\w.-]*(?<!s) ){{1,3}}{_NO_NAME}[^\W\d_][\w.-]*"
)
"""Somebody's; in lower case a word that ends in "s" before the last may say whose: "the harbours keeper"."""
_LEADS = re.compile(
    r"\bwho(?:['’]?s| is| was)?(?: now| currently)? "
    r"(?:(?:leads|leading|led|heads|headed|runs|running|ran)(?: up)?"
    r"|(?:the )?(?:head|boss|leader) of|in charge of)"
    rf"(?:[ -](?:the|{_ORGANISATION}|union|guild|west|east))+"
    r"(?: (?:(?:right )?now|rn|currently|today|these days|at the moment|back then|then|in \d{4}))*\W*$",
    re.IGNORECASE,
)
"""Asks who leads a union, or the studios' body: each is led by a president, as the sources call it."""
_WHO_IS = re.compile(
    rf"^\W*who(?:['’]?s| is| was) (?P<name>{_NAME})(?<!ed)(?<!ible)(?<!able)\W*$", re.IGNORECASE
)
"""Asks of somebody by name: what the sources tell is what that one did."""
_OVER = re.compile(
    rf"{_FILLERS}(is|are|r|aren['’]?t|isn['’]?t|has|have|did|was|were)\b"
    r"(?=.*\b(strik\w+|walk-?outs?|lock-?outs?|stoppages?|boycotts?|disputes?)\b)"
    r"(?!.*\b(once|after|before|until|when)\b)"
    r"(?=.*\b(still (on|out|going|striking|running|ongoing)\b"
    r"|(over|done|finished|ended|(?<!in the )end|called off)( yet| now| already| rn)*\W*$)).*$",
    re.IGNORECASE,
)
"""Asks whether a dispute goes on: what the sources tell is when it ended."""
_SENTENCE_END = re.compile(r"(?<=[?!])\s+")
_PRESENT = re.compile(
    r"^(?!.*\b(was|were|did|had)\b).*\b(is|are|am|do|does|can|will|has|have|who['’]?s)\b", re.IGNORECASE
)
"""A sentence in the present tense alone: of a strike that is over only if it names it itself."""
_WHETHER = re.compile(
    rf"{_FILLERS}(am|is|are|was|were|do|does|did|has|have|had|can|could|may|must|should|will|would)\b",
    re.IGNORECASE,
)
_ITSELF = re.compile(
    rf"{_WHETHER.pattern}|{_FILLERS}(what|which|where|how)['’]?[sd]?\b(?! about\b)", re.IGNORECASE
)
"""How a sentence begins that asks something by itself, whatever was asked before it."""
_NOT_BEHIND = "".join(
    rf"(?<!\b{word} )"
    for word in ("know", "knows", "say", "said", "tell", "me", "us", "idea", "remember", "out", "announced")
)
_ASIDE = re.compile(rf"{_NOT_BEHIND}(?<![,;] )\b(when|who|whose|whom)(?= \w)", re.IGNORECASE)
"""A "when" or "who" that asks nothing: "must I be told when AI is used"."""
_SAID_BY_THE_KIND = {"duration": frozenset({"long"})}


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood as far as rules go."""

    text: str
    """With its shorthand written out."""
    terms: tuple[str, ...]
    """The words worth looking up, lower case, once each."""
    kind: AnswerKind | None
    years: frozenset[str]
    means_now: bool
    looks_back: bool
    """Whether it asks for what held before, too."""


def understand(text: str) -> Question:
    """Read a question. Anything may come in; a kind that no rule knows is None."""
    text = _SHORT_YEAR.sub(_in_full, words.spelled_out(text))
    text = _LEADS.sub(lambda asked: _with(" as president", asked[0]), text)
    text = _OVER.sub(lambda asked: _with("; when did it end", asked[0]), text)
    text = _WHO_IS.sub(lambda asked: f"what is {asked['name']} known for", text)
    asks = _asking(text)
    if not years(text) and (year := year_meant(asks if _PRESENT.search(asks) else text)):
        text, asks = _with(f" in {year}", text), _with(f" in {year}", asks)
    kind = _kind(asks)
    said = _SAID_BY_THE_KIND.get(kind or "", frozenset())
    terms = words.terms(text)
    return Question(
        text=text,
        terms=tuple(term for term in terms if term not in said) or tuple(terms),
        kind=kind,
        years=years(text),
        means_now=bool(_NOW.search(asks)),
        looks_back=bool(_LOOKS_BACK.search(asks)),
    )


def _asking(text: str) -> str:
    """The last sentence that asks something: of a follow-up, what comes behind the question before it."""
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    return next((part for part in reversed(sentences) if asks_itself(part)), text)


def asks_itself(sentence: str) -> bool:
    """Whether a sentence says what it asks for, rather than leaving that to the one before it."""
    return bool(_kind(sentence) or _ITSELF.search(sentence))


def _kind(text: str) -> AnswerKind | None:
    if _WHETHER.search(text):  # it asks for a yes or no, whenever and of whom that may be
        text = _ASIDE.sub("", text)
    return next((kind for kind, pattern in ASKS.items() if pattern.search(text)), None)


def _with(more: str, question: str) -> str:
    return question.rstrip("?!. ") + more


def _in_full(year: re.Match[str]) -> str:
    """Write "in 23", "'23" and "23 deal" as "in 2023", " 2023" and "2023 deal"."""
    short = year[1] or year[2]
    return year[0].replace(short, f"20{short}").replace("'", " ").replace("’", " ")


@lru_cache(words.REMEMBERED)
def can_answer(kind: AnswerKind, text: str) -> bool:
    """Whether a text has in it what a question of that kind asks for."""
    return bool(ANSWERS[kind].search(text))


@lru_cache(words.REMEMBERED)
def years(text: str) -> frozenset[str]:
    """The years that a text names, from 1500 to 2099."""
    return frozenset(re.findall(rf"\b{_YEAR}\b", text))
