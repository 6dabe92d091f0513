"""THE retrieval policy: by meaning and by words, fused, then ranked by what the question asks.

What each part adds is measured in `benchmarks/README.md`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder
from knowledge.question import FITTING_FACTS, Question, can_answer, understand, years
from knowledge.store import Store
from knowledge.types import STARTER, Found, Passage, Source
from knowledge.words import STOP_WORDS, Rarity, rivals_named, stems

DEPTH = 100
"""Passages taken from each list of each scope, and those over which a list is normalised."""
READ = 24
"""Passages that the reader is given."""
DENSE_SHARE = 0.4
"""What meaning weighs in the sum; words weigh the rest. The sum lies in 0..1; beside it weigh:"""
KIND_IN_TEXT = 0.1
"""that the passage has in it what is asked for, such as a date,"""
KIND_OF_FACT = 0.1
"""that the fact is of the kind asked for, such as a definition,"""
YEAR = 0.25
"""that it is of a year which the question names, or of none of them (negative),"""
IN_PASSING = 0.3
"""or of which it only speaks in passing (the share of that weight),"""
RIVAL = -0.3
"""that it speaks of another union than the question does, and of that one not at all,"""
SUPERSEDED = -0.2
"""that it holds no more, where no year is named,"""
OWN = 0.2
"""that it is of a guild's own document: whoever asks there means its affairs first,"""
RECENT = 0.05
"""how recent it is, where no year is named,"""
RECENT_WHEN_NOW_IS_MEANT = 0.15
"""and where the question says "now", "latest" or the like."""
SAME_TITLE = 0.65
"""The share of the shorter title's words that two editions have in common, numbers left out."""
_ASIDE = ThreadPoolExecutor(thread_name_prefix="words")
"""Searches by words while the thread that asks searches by meaning; both let go of Python's lock."""
_RULES = re.compile(
    r"\b(agreement|contract|deal|rule|rulebook|bylaw|by-law|constitution|charter|code|polic(y|ie)|handbook|guide"
    r"|guideline|manual|scheme|insurance|lease|statute|tariff|fee|rate|price|syllabus|terms|edition|plan|budget)s?\b",
    re.IGNORECASE,
)
"""What the title of a document has in it whose later edition takes its place."""
_EDITION = re.compile(
    r"\b(?:(?:first|second|third|\w+th|\d+(?:st|nd|rd)|new|old) (?:edition|version|revision|issue|text)"
    r"|(?:edition|version|revision|issue|season|v)[. ]?\d+|revised|amended|updated|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
"""What tells one edition from another in their titles."""
OLD_NEWS, NEWS = 2020, 2026
"""Years between which a passage counts as ever more recent, 0 to 1."""


class HybridRetriever(BaseRetriever):
    """Finds passages in the scopes asked, best first, as LangChain documents.

    `Found.from_langchain` gives what it knows of each.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    catalogue: Catalogue
    store: Store
    encoder: Encoder
    k: int = READ

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
        scopes: Sequence[str] = (STARTER,),
    ) -> list[LangChainDocument]:
        return [found.to_langchain() for found in self.find(query, scopes)]

    def find(self, text: str, scopes: Sequence[str]) -> list[Found]:
        """Find the `k` passages that fit a question best.

        Raises:
            IndexFault: the vectors cannot be read.
        """
        question = understand(text)
        by_words = _ASIDE.submit(self._by_words, question, scopes)
        cosines = self._by_meaning(question, scopes)
        ids, rarity = by_words.result()
        # The vectors may lag behind the catalogue: what it does not know is passed over.
        passages = self.catalogue.passages(cosines.keys() | ids)
        replaced = self.catalogue.replaced(scopes)
        known = {id: found for id, found in passages.items() if found[1].id not in replaced}
        lines = [_line(passage, source) for passage, source in known.values()]
        bm25 = dict(zip(known, rarity.bm25(lines), strict=True))
        fused = fuse({id: cosines[id] for id in known if id in cosines}, bm25)
        scores = {id: score + fit(question, *known[id]) for id, score in fused.items()}
        successors_first(scores, {id: source for id, (_, source) in known.items()}, question)
        ranked = (
            Found(*known[id], score=scores[id], cosine=cosines.get(id, 0.0), bm25=bm25[id])
            for id in sorted(scores, key=lambda id: (-scores[id], id))
        )
        best = list(islice(once(ranked), self.k))
        if question.years or question.looks_back:
            return best
        replaced = outdated([found.source for found in best])
        return [replace(found, outdated=found.source.id in replaced) for found in best]

    def _by_meaning(self, question: Question, scopes: Sequence[str]) -> dict[str, float]:
        vector = self.encoder.embed_query(question.text)
        each = _ASIDE.map(lambda scope: self.store.search(scope, vector, DEPTH), scopes)
        return dict(chain.from_iterable(each))

    def _by_words(self, question: Question, scopes: Sequence[str]) -> tuple[set[str], Rarity]:
        found: set[str] = set()
        for scope in scopes:
            found |= set(self.catalogue.search_words(scope, question.terms, DEPTH))
        return found, self.catalogue.rarity(scopes, question.terms)


def outdated(sources: Sequence[Source]) -> set[str]:
    """Tell which of the sources others of them have replaced: by their own word, or as a later edition.

    A later edition of rules bears the same title but for its year or its number, or nearly so, and a later
    date; where it has none, that year counts as its date. Minutes and news are not replaced by later ones.
    """
    ids = {source.id for source in sources}
    said = {source.id for source in sources if ids & set(source.details.get("superseded_by", ()))}
    return said | {old.id for old in sources for new in sources if _is_later_edition(new, of=old)}


def _is_later_edition(new: Source, of: Source) -> bool:
    dates = [_when(source) for source in (new, of)]
    titles = [source.provenance.title for source in (new, of)]
    if "fact" in {new.kind, of.kind} or not dates[0] > dates[1] > "" or not _RULES.search(titles[0]):
        return False
    editions, names = [_edition(title) for title in titles], [_without_edition(title) for title in titles]
    if not (editions[0] and all(names)) or editions[0] == editions[1]:
        return False
    if not editions[1] or years(titles[0]) == years(titles[1]) != frozenset():
        return names[0] == names[1]
    return len(names[0] & names[1]) >= SAME_TITLE * min(map(len, names))


def _when(source: Source) -> str:
    return source.provenance.published or max(years(source.provenance.title), default="")


def _edition(title: str) -> set[str]:
    return {words.lower() for words in _EDITION.findall(title)}


def _without_edition(title: str) -> set[str]:
    rest = stems(_EDITION.sub(" ", title))
    return {stem for stem in rest if not stem.isdigit() and stem not in STOP_WORDS}


def once(ranked: Iterable[Found]) -> Iterator[Found]:
    """Of the same words in several documents, give the best ranked alone."""
    seen: set[str] = set()
    for found in ranked:
        if found.passage.text not in seen:
            seen.add(found.passage.text)
            yield found


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float]) -> dict[str, float]:
    """Sum two lists of scores, each brought to 0..1 over its best; what a list lacks counts 0 in it.

    Source: the convex combination of Bruch et al. 2023, https://arxiv.org/abs/2210.11934
    """
    meaning, wording = _normalised(dense), _normalised(lexical)
    return {
        id: DENSE_SHARE * meaning.get(id, 0.0) + (1 - DENSE_SHARE) * wording.get(id, 0.0)
        for id in meaning.keys() | wording.keys()
    }


def fit(question: Question, passage: Passage, source: Source) -> float:
    """Weigh how well a passage fits what is asked, besides meaning and words; may be negative."""
    weight = 0.0
    if question.kind is not None:
        weight += KIND_IN_TEXT * can_answer(question.kind, passage.text)
        weight += KIND_OF_FACT * (source.details.get("kind") in FITTING_FACTS[question.kind])
    date = str(source.details.get("date") or source.provenance.published or "")
    weight += OWN * (source.scope != STARTER)
    weight += RIVAL * _is_of_a_rival(question, _line(passage, source))
    recent = _recency(date)
    if question.years:
        weight += YEAR * _of_the_years(question.years, f"{source.provenance.title} {date[:4]}", passage.text)
    else:
        weight += RECENT * recent + SUPERSEDED * bool(source.details.get("superseded_by"))
    return weight + RECENT_WHEN_NOW_IS_MEANT * recent * question.means_now


def successors_first(scores: dict[str, float], sources: Mapping[str, Source], question: Question) -> None:
    """Let what replaced a fact rank no lower than the fact did, unless the question names a year."""
    by_document = {source.details.get("replaces", source.id): id for id, source in sources.items()}
    for id, source in sources.items():
        for successor in source.details.get("superseded_by", ()) if not question.years else ():
            if (newer := by_document.get(successor)) in scores and id in scores:
                scores[newer] = max(scores[newer], scores[id] - SUPERSEDED / 2)


def _of_the_years(asked: frozenset[str], about: str, text: str) -> float:
    """Whether a passage is of the years asked: by its title and date, else by its text; -1 to 1."""
    if asked & years(about):
        return 1.0
    if asked & years(text):
        return IN_PASSING
    return -1.0 if years(f"{about} {text}") else 0.0


def _is_of_a_rival(question: Question, text: str) -> bool:
    asked = rivals_named(question.text)
    told = rivals_named(text) if asked else asked
    return bool(told) and not asked & told


def _line(passage: Passage, source: Source) -> str:
    return f"{source.provenance.title}. {passage.text}"


def _recency(date: str) -> float:
    if not date[:4].isdigit():
        return 0.5
    return min(max((int(date[:4]) - OLD_NEWS) / (NEWS - OLD_NEWS), 0.0), 1.0)


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    """Min-max over the best `DEPTH`; where all are alike, all are 1."""
    best = sorted(scores, key=lambda id: -scores[id])[:DEPTH]
    if not best:
        return {}
    high, low = scores[best[0]], scores[best[-1]]
    return {id: (scores[id] - low) / (high - low) if high > low else 1.0 for id in best}
