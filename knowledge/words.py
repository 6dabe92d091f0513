"""Words: how a question's and a passage's are compared, and the index that finds them.

One FTS5 table a scope, so that neither search nor word statistics cross guilds.
Sources: SQLite FTS5, https://www.sqlite.org/fts5.html; Porter's stemmer, 1980; BM25, Robertson and
Zaragoza 2009, https://doi.org/10.1561/1500000019
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, text
from Stemmer import Stemmer

WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """a about after all also an and any are as at be because been before being but by can could
    cuz did do does doing for from get got had has have having he her him his how hows i if im in
    into is it its just like me my no not now of off on only or our out over own please pls ppl
    really s said same say says she should so some such t tell than that thats the their them then
    there these they this those to too u up us was we were what whats when wheres where which while
    who whos whom whose why whys will with would you your""".split()
)
K1, B = 1.2, 0.75  # FTS5's own


def words(line: str) -> list[str]:
    """Split into lower-case words and numbers: "SAG-AFTRA's 118 days" -> sag, aftra, s, 118, days."""
    return WORD.findall(line.lower())


def terms(question: str) -> list[str]:
    """The words of a question worth looking up, once each; all of them where it has no other."""
    found = dict.fromkeys(words(question.replace("'", "").replace("’", "")))
    return [word for word in found if word not in STOP_WORDS] or list(found)


def stems(line: str) -> list[str]:
    """Split into stems: what FTS5 compares."""
    return list(Stemmer("porter").stemWords(words(line)))


class Rarity:
    """How much each term of a question tells, by the passages of the scopes asked."""

    def __init__(self, passages: int, having: Mapping[str, int]) -> None:
        """Take the number of passages, and of those that have each term."""
        stemmed = Stemmer("porter").stemWords(list(having))
        self.weights = {
            stem: math.log(1 + (passages - count + 0.5) / (count + 0.5))
            for stem, count in zip(stemmed, having.values(), strict=True)
        }
        """The inverse document frequency of each stem, in nats."""

    def coverage(self, line: str) -> float:
        """The share of the question's terms that occur in a text, 0 to 1, by weight."""
        total = sum(self.weights.values())
        return sum(self.weights[stem] for stem in self.weights.keys() & set(stems(line))) / max(total, 1e-9)

    def bm25(self, lines: Sequence[str]) -> list[float]:
        """Score texts against the question; 0 where no term occurs."""
        split = [stems(line) for line in lines]
        average = sum(map(len, split)) / max(len(split), 1)
        return [self._bm25(Counter(line), len(line) / max(average, 1)) for line in split]

    def _bm25(self, counts: Counter[str], length: float) -> float:
        damping = K1 * (1 - B + B * length)
        return sum(
            weight * counts[stem] * (K1 + 1) / (counts[stem] + damping)
            for stem, weight in self.weights.items()
        )


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


def drop(connection: Connection, scope: str) -> None:
    """Delete a scope's whole index."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_table(scope)}")


def indexed(connection: Connection, scope: str) -> set[int]:
    """The numbers of all passages in the index."""
    if not _exists(connection, scope):
        return set()
    return set(connection.exec_driver_sql(f"SELECT rowid FROM {_table(scope)}").scalars())


def search(connection: Connection, scope: str, question: str, k: int) -> list[int]:
    """Find the passages that share most with a question: their numbers, best first."""
    query = " OR ".join(f'"{term}"' for term in terms(question))
    if not query or not _exists(connection, scope):
        return []
    table = _table(scope)
    found = text(f"SELECT rowid FROM {table} WHERE {table} MATCH :query ORDER BY rank LIMIT :k")
    return list(connection.execute(found, {"query": query, "k": k}).scalars())


def count(connection: Connection, scope: str, term: str | None = None) -> int:
    """Count the passages that have a term, or all of them."""
    if not _exists(connection, scope):
        return 0
    table = _table(scope)
    having = f" WHERE {table} MATCH :term" if term else ""
    counted = text(f"SELECT count(*) FROM {table}{having}")
    return int(connection.execute(counted, {"term": f'"{term}"'} if term else {}).scalar_one())


def _table(scope: str) -> str:
    return f'"words {scope}"'


def _exists(connection: Connection, scope: str) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": f"words {scope}"}
    )
    return found.first() is not None
