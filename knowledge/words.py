"""Words: how a question's and a passage's are compared, and the index that finds them.

One FTS5 table a scope, so that neither search nor word statistics cross guilds.
Sources: SQLite FTS5, https://www.sqlite.org/fts5.html; Porter's stemmer, 1980; BM25, Robertson and
Zaragoza 2009, https://doi.org/10.1561/1500000019
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text
from Stemmer import Stemmer

WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """a about after all also an and any are as at be because been before being but by can could
    cuz did do does doing for from get got had has have having he hello her hey hi him his how hows i if
    im in into is it its just like lol me my no not now of off ok okay on only or our out over own please
    pls ppl really rn s said same say says she should so some such t tell than thank thanks that thats the
    their them then there these they this those thx to too u up us was we were what whats when wheres where
    which while who whos whom whose why whys will with would you your""".split()  # noqa: SIM905 - reads best as words
)
ALIASES = (
    "actor actors actress performer performers sag aftra sagaftra",
    "writer writers wga",
    "director directors dga",
    "studio studios amptp",
    "president prez",
    "video vid vids",
    "television tv",
    "percent pct",
    "movie movies film films",
)
"""Words that stand for one another in this field, a union and those whom it speaks for among them."""
SHORTHAND = {
    short: long
    for line in """
    yr: year, yrs: years, wk: week, wks: weeks, mo: month, mos: months, hr: hour, hrs: hours, mins: minutes
    jan: January, feb: February, apr: April, jun: June, jul: July, aug: August, sep: September
    sept: September, oct: October, nov: November, dec: December, tmrw: tomorrow, tonite: tonight
    mil: million, mill: million, bil: billion, bn: billion, pct: percent, avg: average, approx: about
    max: maximum, diff: difference, info: information, intl: international, natl: national
    org: organization, orgs: organizations, assn: association, dept: department, depts: departments
    mgr: manager, mgrs: managers, exec: executive, execs: executives, prez: president, vp: vice president
    rep: representative, reps: representatives, biz: business, ep: episode, eps: episodes, vid: video
    vids: videos, pic: picture, pics: pictures, fest: festival, cali: California, calif: California
    nyc: New York, thru: through, abt: about, b4: before, w: with, n: and, ur: your, youre: you are
    theyre: they are, cant: cannot, wont: will not, isnt: is not, wasnt: was not, arent: are not
    werent: were not, dont: do not, doesnt: does not, didnt: did not, hasnt: has not, havent: have not
    hadnt: had not, couldnt: could not, shouldnt: should not, wouldnt: would not, gonna: going to
    gotta: have to, wanna: want to, rn: now, whod: who did, howd: how did, whyd: why did, whatd: what did
    whend: when did, whered: where did, ive: I have, itll: it will, theyll: they will
    """.strip().splitlines()
    for short, long in (pair.strip().split(": ") for pair in line.split(","))
}
"""What people type on a phone, and what they mean by it; apostrophes are left out."""
NAMES_TOO = frozenset("hr max mo n pic w".split())  # noqa: SIM905 - reads best as words
"""Shorthand that is part of a name where it is capitalised: "HBO Max", "George W. Bush", "HR 7209"."""
_TYPED = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BILL = re.compile(r"\b(ab|sb)[-.]?(\d{3,5})\b", re.IGNORECASE)
"""A bill of California, as its number is typed in a hurry: the sources write it in two words."""
_WITHOUT = re.compile(r"\bw/o\b", re.IGNORECASE)
RIVALS = [frozenset(group.split()) for group in ALIASES[:3]]
"""Of which a follow-up such as "and the writers?" names another."""
K1, B = 1.2, 0.75  # FTS5's own
REMEMBERED = 16_384
"""Lines whose stems are kept, the least used forgotten first."""
VOCABULARY = 65_536
"""Words whose stems are kept, likewise."""


def words(line: str) -> list[str]:
    """Split into lower-case words and numbers: "SAG-AFTRA's 118 days" -> sag, aftra, s, 118, days."""
    return WORD.findall(line.lower())


def terms(question: str) -> list[str]:
    """The words of a question worth looking up, once each; there may be none."""
    found = dict.fromkeys(words(_bare(question)))
    return [word for word in found if word not in STOP_WORDS]


def spelled_out(question: str) -> str:
    """Write a question's shorthand out: "whyd ab2602 take 3 yrs" -> "why did AB 2602 take 3 years"."""
    question = _BILL.sub(lambda bill: f"{bill[1].upper()} {bill[2]}", question)
    return _TYPED.sub(lambda word: _in_full(word[0]), _WITHOUT.sub("without", question))


def _in_full(word: str) -> str:
    bare = _bare(word).lower()
    return word if bare in NAMES_TOO and not word.islower() else SHORTHAND.get(bare, word)


def _bare(word: str) -> str:
    return word.replace("'", "").replace("’", "")


@lru_cache(REMEMBERED)
def rivals_named(line: str) -> frozenset[int]:
    """Tell which of the unions a line names, by their places in `RIVALS`."""
    named = set(words(line))
    return frozenset(place for place, group in enumerate(RIVALS) if group & named)


def with_union_of(named: str, line: str) -> str:
    """Put what one line names of the unions in the place of the other one in another, if that is one."""
    asked = rivals_named(named)
    others = rivals_named(line) - asked
    if not asked or len(others) != 1:
        return line
    (other,) = others
    news = " and ".join(word for word in _TYPED.findall(named) if rivals_named(word) & asked)
    left: list[str] = []
    for word in line.split():
        if not RIVALS[other].intersection(words(word)):
            left.append(word)
        elif not rivals_named(" ".join(left)) & asked:
            left.append(news)
    return " ".join(left)


@lru_cache(REMEMBERED)
def stems(line: str) -> tuple[str, ...]:
    """Split into stems, as FTS5 compares them; aliases become the first of their group.

    What was split is remembered: the same passages are compared with many questions.
    """
    return _stems(line)


def _stems(line: str) -> tuple[str, ...]:
    """Split likewise, for what remembers its own result."""
    return tuple(map(_stem, words(line)))


def variants(term: str) -> list[str]:
    """A term and its aliases."""
    return next((group.split() for group in ALIASES if term in group.split()), [term])


@lru_cache(REMEMBERED)
def _numbered(line: str) -> NDArray[np.uint32]:
    """A line's stems as numbers, which are counted faster."""
    return np.array([_number(stem) for stem in _stems(line)], np.uint32)


def _number(stem: str) -> int:
    return hash(stem) & 0xFFFFFFFF


@lru_cache(VOCABULARY)
def _stem(word: str) -> str:
    stem: str = _STEMMER.stemWord(word)
    return str(_ALIAS_STEMS.get(stem, stem))


_STEMMER = Stemmer("porter")  # it keeps Python's lock while it works, so threads may share it
_ALIAS_STEMS = {
    stem: stemmed[0]
    for stemmed in (_STEMMER.stemWords(group.split()) for group in ALIASES)
    for stem in stemmed
}


class Rarity:
    """How much each term of a question tells, by the passages of the scopes asked."""

    def __init__(self, passages: int, having: Mapping[str, int]) -> None:
        """Take the number of passages, and of those that have each term or an alias of it."""
        self.weights = {
            stems(term)[0]: math.log(1 + (passages - count + 0.5) / (count + 0.5))
            for term, count in having.items()
        }
        """The inverse document frequency of each stem, in nats."""

    def coverage(self, line: str) -> float:
        """The share of the question's terms that occur in a text, 0 to 1, by weight."""
        total = sum(self.weights.values())
        return sum(self.weights[stem] for stem in self.weights.keys() & set(stems(line))) / max(total, 1e-9)

    def bm25(self, lines: Sequence[str]) -> list[float]:
        """Score texts against the question; 0 where no term occurs."""
        if not lines:
            return []
        each = [_numbered(line) for line in lines]
        lengths = np.array([len(numbers) for numbers in each])
        of_line, together = np.repeat(np.arange(len(each)), lengths), np.concatenate(each)
        damping = K1 * (1 - B + B * lengths / max(lengths.mean(), 1))
        scores = np.zeros(len(each))
        for stem, weight in self.weights.items():
            counts = np.bincount(of_line[together == _number(stem)], minlength=len(each))
            scores += weight * counts * (K1 + 1) / (counts + damping)
        return list(scores.tolist())


def add(connection: Connection, scope: str, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index passages, given as (number, title, text)."""
    table = _table(scope)
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5"
        "(title, text, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    insert = text(f"INSERT INTO {table} (rowid, title, text) VALUES (:number, :title, :text)")
    for number, title, body in rows:
        connection.execute(insert, {"number": number, "title": title, "text": body})


def remove(connection: Connection, scope: str, numbers: Sequence[int]) -> None:
    """Take passages out; the table must exist."""
    delete = text(f"DELETE FROM {_table(scope)} WHERE rowid = :number")
    for number in numbers:
        connection.execute(delete, {"number": number})


def compact(connection: Connection, scope: str) -> None:
    """Write the index anew, without the words of what was taken out: FTS5 only marks those."""
    if _exists(connection, scope):
        table = _table(scope)
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('optimize')")


def drop(connection: Connection, scope: str) -> None:
    """Delete a scope's whole index."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_table(scope)}")


def indexed(connection: Connection, scope: str) -> set[int]:
    """The numbers of all passages in the index."""
    if not _exists(connection, scope):
        return set()
    return set(connection.exec_driver_sql(f"SELECT rowid FROM {_table(scope)}").scalars())


def content(connection: Connection, scope: str) -> dict[int, tuple[str, str]]:
    """What the index holds: title and text by number.

    Raises:
        DatabaseError: the index is damaged, or is not that of what it holds.
    """
    if not _exists(connection, scope):
        return {}
    table = _table(scope)
    connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    rows = connection.exec_driver_sql(f"SELECT rowid, title, text FROM {table}")
    return {row.rowid: (row.title, row.text) for row in rows}


def scopes(connection: Connection) -> list[str]:
    """The scopes that have an index."""
    tables = text("SELECT substr(name, 7) FROM sqlite_master WHERE name LIKE 'words %' AND sql LIKE '%fts5%'")
    return list(connection.execute(tables).scalars())


def search(connection: Connection, scope: str, terms: Iterable[str], k: int) -> list[int]:
    """Find the passages that share most with a question's terms: their numbers, best first."""
    query = _either(word for term in terms for word in variants(term))
    if not query or not _exists(connection, scope):
        return []
    table = _table(scope)
    found = text(f"SELECT rowid FROM {table} WHERE {table} MATCH :query ORDER BY rank LIMIT :k")
    return list(connection.execute(found, {"query": query, "k": k}).scalars())


def counts(connection: Connection, scope: str, terms: Sequence[str]) -> dict[str, int]:
    """Count for each term the passages that have it, or an alias of it."""
    if not terms or not _exists(connection, scope):
        return dict.fromkeys(terms, 0)
    table = _table(scope)
    each = (f"(SELECT count(*) FROM {table} WHERE {table} MATCH :query{n})" for n in range(len(terms)))
    queries = {f"query{n}": _either(variants(term)) for n, term in enumerate(terms)}
    row = connection.execute(text(f"SELECT {', '.join(each)}"), queries).one()
    return dict(zip(terms, row, strict=True))


def _either(alternatives: Iterable[str]) -> str:
    """A query in FTS5's language; the quotes take any special meaning from a word."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(alternatives))


def _table(scope: str) -> str:
    return f'"words {scope}"'


def _exists(connection: Connection, scope: str) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": f"words {scope}"}
    )
    return found.first() is not None
