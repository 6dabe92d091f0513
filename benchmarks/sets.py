"""The public sets of questions, and how what was found for them is judged.

They lie in `shared/bench` beside this repository and are read where they are; what is absent is passed over.
"""

import ast
import csv
import io
import json
import math
import random
import re
import tokenize
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "shared" / "bench"
SQUAD_QUESTIONS = 1_000
"""Drawn from its 2,910 that can be answered."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document of a set."""

    name: str
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the evidence that answers it: excerpts, or names of whole documents."""

    question: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicSet:
    """Documents and questions."""

    texts: tuple[Text, ...]
    asked: tuple[Asked, ...]
    by_document: bool
    """Whether the evidence is whole documents: their passages then count once, at the best one's rank."""

    def some(self, questions: int) -> "PublicSet":
        """Draw so many of the questions, all if there are no more; the texts stay."""
        drawn = random.Random(0).sample(self.asked, min(questions, len(self.asked)))  # noqa: S311
        return PublicSet(self.texts, tuple(drawn), self.by_document)

    def part(self, texts: int) -> "PublicSet":
        """Keep so many of the texts, and the questions whose evidence lies in them."""
        kept = self.texts[:texts]
        held = {text.name for text in kept} if self.by_document else "\n".join(text.text for text in kept)
        asked = [asked for asked in self.asked if all(evidence in held for evidence in asked.evidence)]
        return PublicSet(kept, tuple(asked), self.by_document)


Piece = tuple[str, str]
"""What a pipeline finds: the document's name, and the passage."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over questions, each 0 to 1."""

    ndcg: float
    hits4: float
    hits10: float
    mrr: float

    def __str__(self) -> str:
        """Give a row of a table."""
        return f"{self.ndcg:8.3f}{self.hits4:8.3f}{self.hits10:8.3f}{self.mrr:8.3f}"


HEAD = f"{'nDCG@10':>8}{'Hits@4':>8}{'Hits@10':>8}{'MRR@10':>8}"


def score(tested: PublicSet, found: Sequence[Sequence[Piece]]) -> Scores:
    """Judge what was found, best first, for each question.

    A passage gains 1 where it holds evidence that none before it did, white space left out.
    """
    gains = [
        _gains(asked, _documents(pieces) if tested.by_document else [_bare(text) for _, text in pieces])
        for asked, pieces in zip(tested.asked, found, strict=True)
    ]
    firsts = [gain.index(True) + 1 if any(gain) else math.inf for gain in gains]
    ideal = [_discounted([True] * min(len(asked.evidence), 10)) for asked in tested.asked]
    return Scores(
        ndcg=_mean([_discounted(gain) / best for gain, best in zip(gains, ideal, strict=True)]),
        hits4=_mean([first <= 4 for first in firsts]),  # noqa: PLR2004 - as it is called
        hits10=_mean([first <= 10 for first in firsts]),  # noqa: PLR2004
        mrr=_mean([1 / first for first in firsts]),
    )


def share_within(tested: PublicSet, found: Sequence[Sequence[Piece]], characters: int) -> float:
    """The share of all excerpts that lie whole in the first so many characters of what was found."""
    held = []
    for asked, pieces in zip(tested.asked, found, strict=True):
        shown, room = [], characters
        for _, text in pieces:
            shown.append(_bare(text[:room]))
            room -= len(text[:room])
        held += [any(_bare(excerpt) in text for text in shown) for excerpt in asked.evidence]
    return _mean(held)


def _gains(asked: Asked, found: Sequence[str]) -> list[bool]:
    left = {_bare(evidence) for evidence in asked.evidence}
    gains = []
    for text in found[:10]:
        held = {evidence for evidence in left if evidence in text}
        gains.append(bool(held))
        left -= held
    return gains


def _documents(pieces: Sequence[Piece]) -> list[str]:
    return [_bare(name) for name in dict.fromkeys(name for name, _ in pieces)]


def _bare(text: str) -> str:
    return "".join(text.split())


def _discounted(gains: Sequence[bool]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def _squad2() -> PublicSet:
    """16 articles; the evidence is the sentence that holds the answer."""
    articles = json.loads((FOLDER / "squad2/dev-v2.0.json").read_text())["data"]
    asked = [
        Asked(qa["question"], (_around(paragraph["context"], qa["answers"][0]["answer_start"]),))
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
        if qa["answers"]
    ]
    texts = [
        Text(
            article["title"],
            article["title"].replace("_", " "),
            "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"]),
        )
        for article in articles
    ]
    drawn = random.Random(0).sample(asked, SQUAD_QUESTIONS)  # noqa: S311 - not for secrets
    return PublicSet(tuple(texts), tuple(drawn), by_document=False)


def _around(paragraph: str, at: int) -> str:
    """Find the sentence at a place."""
    ends = [
        0,
        *(end.end() for end in re.finditer(r"[.!?][\"')\]]*\s+(?=[A-Z\"'(])", paragraph)),
        len(paragraph),
    ]
    start = max(end for end in ends[:-1] if end <= at)
    return paragraph[start : min(end for end in ends if end > at)].strip()


def _lihua() -> PublicSet:
    """442 chats, each a document, named by its time; the evidence is one or two of them."""
    with zipfile.ZipFile(FOLDER / "lihua/LiHuaWorld.zip") as archive:
        files = sorted(name for name in archive.namelist() if name.endswith(".txt"))
        texts = [Text(Path(name).stem, None, archive.read(name).decode()) for name in files]
    known = {text.name for text in texts}
    asked = [
        Asked(entry["question"], chats)
        for entry in json.loads((FOLDER / "lihua/query_set.json").read_text()).values()
        if (chats := tuple(dict.fromkeys(entry["evidence"].replace(":", "").split("<and>"))))
        and known.issuperset(chats)
    ]
    return PublicSet(tuple(texts), tuple(asked), by_document=True)


def _anthropic_docs() -> PublicSet:
    """232 sections of product documentation; the evidence is one to three of them."""
    folder = FOLDER / "anthropic_docs"
    texts = [
        Text(section["chunk_link"], section["chunk_heading"], section["text"])
        for section in json.loads((folder / "anthropic_docs.json").read_text())
    ]
    asked = [
        Asked(entry["question"], tuple(entry["correct_chunks"]))
        for entry in json.loads((folder / "docs_evaluation_dataset.json").read_text())
    ]
    return PublicSet(tuple(texts), tuple(asked), by_document=True)


def _chunking_eval() -> PublicSet:
    """Five long texts; the evidence is exact excerpts."""
    folder = FOLDER / "chunking_eval"
    texts = [
        Text(file.stem, file.stem.replace("_", " "), file.read_text()) for file in sorted(folder.glob("*.md"))
    ]
    texts = [text for text in texts if text.name != "README"]
    with (folder / "questions_df.csv").open(newline="") as file:
        asked = [
            Asked(row["question"], tuple(excerpt["content"] for excerpt in json.loads(row["references"])))
            for row in csv.DictReader(file)
        ]
    return PublicSet(tuple(texts), tuple(asked), by_document=False)


def _scifact() -> PublicSet:
    """5,183 abstracts, and 300 claims with those that they cite."""
    with zipfile.ZipFile(FOLDER / "scifact/scifact.zip") as archive:
        corpus, claims = (
            list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in ("corpus_train.csv", "claims_validation.csv")
        )
    texts = [Text(row["doc_id"], row["title"], " ".join(_strings(row["abstract"]))) for row in corpus]
    cited = {row["claim"]: tuple(re.findall(r"\d+", row["cited_doc_ids"])) for row in claims}
    return PublicSet(tuple(texts), tuple(Asked(*entry) for entry in cited.items()), by_document=True)


def _strings(printed: str) -> Iterator[str]:
    """Read an array of strings, as numpy prints it: without commas."""
    for token in tokenize.generate_tokens(io.StringIO(printed).readline):
        if token.type == tokenize.STRING:
            yield ast.literal_eval(token.string)


READERS: dict[str, Callable[[], PublicSet]] = {
    "squad2": _squad2,
    "lihua": _lihua,
    "anthropic_docs": _anthropic_docs,
    "chunking_eval": _chunking_eval,
    "scifact": _scifact,
}


def read(name: str) -> PublicSet | None:
    """Read a set; None where it is not there."""
    return READERS[name]() if (FOLDER / name).is_dir() else None
