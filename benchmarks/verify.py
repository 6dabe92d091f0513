"""Measure `knowledge/verify.py`: of true sentences, which stay; of spoilt ones, which go.

    python benchmarks/verify.py

Every sentence of the starter corpus is said with a mark of its own passage: as it is, with its dates written
another way, and spoilt in one place: a number, a bound ("at least" for "at most"), a contrary word, a day, a
year, a name (another fact's), a "not" put in or taken out; and, as it is, with the mark of another passage on
the same subject. Once the other name is in the question, too. Each short answer is said.
Needs the encoder (`make run`); takes two minutes.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from knowledge import facts
from knowledge.dates import MONTHS
from knowledge.embed import BUNDLED_MODEL, open_encoder
from knowledge.facts import Fact
from knowledge.sentences import sentences
from knowledge.settings import Settings
from knowledge.types import STARTER, Evidence, Found, Passage, Provenance, Source
from knowledge.verify import Verifier

MONTH = "|".join(MONTHS)
DAY = re.compile(rf"\b(\d{{1,2}}) ({MONTH})\b(?: (\d{{4}}))?")
NUMBER = re.compile(rf"(?<![\w$.,-])(\d{{1,3}}(?:,\d{{3}})*)(?![\w,.:%-])(?! (?:{MONTH}))")
YEAR = re.compile(r"\b(19|20)(\d\d)\b")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+")
VERB = re.compile(r"\b(is|are|was|were|may|must|can|could|will|would|has|have)\b(?! not)")
NOT = re.compile(r"\b(is|are|was|were|may|must|can|could|will|would|has|have|did|does|do) not\b")
BOUNDS = {"at least": "at most", "at most": "at least", "more than": "nearly", "up to": "over"}
BOUND = re.compile(rf"\b({'|'.join(BOUNDS)})(?= [$€£]?\d)")
CONTRARIES = {
    "first": "last",
    "largest": "smallest",
    "before": "after",
    "after": "before",
    "rose": "fell",
    "fell": "rose",
    "raised": "cut",
    "created": "cut",
}
CONTRARY = re.compile(rf"(?<=\bthe )(?:first|largest)\b|\b(?:{'|'.join(list(CONTRARIES)[2:])})\b")

ASKED = "another name, which the question has"
Spoil = Callable[[str], str]


def _us(match: re.Match[str]) -> str:
    return f"{match[2][:3]}. {match[1]}" + (f", {match[3]}" if match[3] else "")


def _one_more(match: re.Match[str]) -> str:
    return f"{int(match[1].replace(',', '')) + 1:,}"


def ways(names: list[str]) -> dict[str, Spoil]:
    """What is done to a sentence; those after the first two make it false."""
    return {
        "as it is": lambda said: said,
        "dates written another way": lambda said: DAY.sub(_us, said),
        "another number": lambda said: NUMBER.sub(_one_more, said, count=1),
        "another bound": lambda said: BOUND.sub(lambda m: BOUNDS[m[0]], said, count=1),
        "a contrary word": lambda said: CONTRARY.sub(lambda m: CONTRARIES[m[0]], said, count=1),
        "another day": lambda said: DAY.sub(
            lambda m: f"{int(m[1]) % 28 + 1}{m[0][len(m[1]) :]}", said, count=1
        ),
        "another year": lambda said: YEAR.sub(lambda m: f"{m[1]}{(int(m[2]) + 3) % 100:02}", said, count=1),
        "another name": lambda said: NAME.sub(lambda _: random.choice(names), said, count=1),  # noqa: S311
        '"not" put in': lambda said: VERB.sub(r"\1 not", said, count=1),
        '"not" taken out': lambda said: NOT.sub(r"\1", said, count=1),
    }


def evidence(*told: Fact) -> Evidence:
    """Give facts as the retriever would."""
    found = tuple(
        Found(
            Passage(fact.id, fact.id, 0, fact.statement),
            Source(fact.id, STARTER, "fact", Provenance(fact.title, fact.sources[0].publisher)),
            score=1.0,
            cosine=1.0,
            bm25=1.0,
        )
        for fact in told
    )
    return Evidence(told[0].title, found, sentences=(), coverage=1.0)


def neighbours(known: list[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Pair facts that have a subject in common."""
    by_subject: dict[str, Fact] = {}
    for fact in known:
        for subject in {tag[0] for tag in fact.tags}:
            if subject in by_subject:
                yield fact, by_subject[subject]
            by_subject[subject] = fact


def main() -> None:
    """Print the share of sentences that are shown, for each thing done to them."""
    settings = Settings()
    encoder = open_encoder(
        BUNDLED_MODEL, settings.model_dir or settings.data_dir / "models", settings.threads
    )
    known = list(facts.load().facts)
    random.seed(5)
    names = sorted({name for fact in known for name in NAME.findall(fact.statement)})
    said, shown = Counter[str](), Counter[str]()
    for fact in known:
        verifier = Verifier(evidence(fact), encoder)
        said["as its short answer"] += 1
        shown["as its short answer"] += bool(verifier.supported(f"{fact.short_answer}. [1]"))
        for sentence in sentences(fact.statement):
            for way, spoil in ways(names).items():
                spoilt = spoil(sentence)
                if way == "as it is" or spoilt != sentence:
                    said[way] += 1
                    shown[way] += bool(verifier.supported(f"{spoilt} [1]"))
                if way == "another name" and spoilt != sentence:
                    misled = Verifier(replace(evidence(fact), question=f"Is it true that {spoilt}"), encoder)
                    said[ASKED] += 1
                    shown[ASKED] += bool(misled.supported(f"{spoilt} [1]"))
    for fact, other in neighbours(known):
        for sentence in sentences(fact.statement):
            said["another passage's mark"] += 1
            shown["another passage's mark"] += bool(
                Verifier(evidence(other), encoder).supported(f"{sentence} [1]")
            )
    for way, count in said.items():
        print(f"| {way} | {count} | {shown[way] / count:.3f} |")


if __name__ == "__main__":
    main()
