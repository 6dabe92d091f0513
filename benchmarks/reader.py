"""Train the reader, `knowledge/reader.onnx`.

    python benchmarks/reader.py SQUAD.json QUESTIONS.jsonl...

From MiniLM's weights, first on SQuAD 2.0 (three articles of four; the fourth is for measuring), then on
questions on the starter corpus, then on those on documents, with some of what came before lest it be
forgotten: for each question, the passages that the retriever finds, with the places of the key points in
those that answer, and none in those that do not (`benchmarks/asked.py`); of documents also the best passage
without the sentences that answer. Of what the lesson before has taught well enough, a small part is repeated.
After each lesson the weights are brought to 8 bits and written. Some hours on 2 cores; needs the index
(`make run`).

Sources: the task and its loss, Devlin et al. 2019, https://arxiv.org/abs/1810.04805; several places that
may be right, Clark and Gardner 2018, https://arxiv.org/abs/1710.10723; SQuAD 2.0, Rajpurkar et al. 2018,
https://arxiv.org/abs/1806.03822 (CC BY-SA 4.0)
"""

import json
import math
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from asked import Asked, ask_all, places
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from transformers import AutoModel

from knowledge.embed import COLUMNS, bundled_weights
from knowledge.reader import MAX_TOKENS, WEIGHTS, Reader, above
from knowledge.sentences import spans
from knowledge.types import STARTER

EPOCHS = 2
RATES = (1.5e-4, 7e-5, 7e-5)
"""Learning rates: of SQuAD, of the starter corpus, of documents."""
REPEATED = (1_200, 300)
"""Examples of SQuAD among those of the starter corpus, and of documents."""
BATCH = 16
CROPPED = 110
"""Word pieces of a paragraph of SQuAD, about as many as a passage has here."""
RIGHT = 2
"""Passages that answer, for each question,"""
WRONG, WRONG_IN_DOCUMENTS, WRONG_AGAIN = 5, 3, 1
"""and such as do not: of the starter corpus, of documents, of the starter corpus at the second time;
where none answers, one more. One of them is drawn from all, the others are the best found."""
SURE = (4.0, -6.0)
"""Scores from which a passage that answers is read well, and up to which one that does not."""
AGAIN = (0.25, 0.12)
"""The shares of such passages that are read once more."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; `answers` are the places of the answer, in characters."""

    question: str
    above: str
    passage: str
    answers: tuple[tuple[int, int], ...]


class Graph(torch.nn.Module):
    """MiniLM with two scores a word piece: for beginning the answer, and for ending it."""

    def __init__(self) -> None:
        super().__init__()
        # Without dropout: the weights are too few for what there is to learn, not too many.
        self.encoder = AutoModel.from_pretrained(
            str(bundled_weights().parent),
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.encoder.embeddings.requires_grad_(requires_grad=False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, 2)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Give logits of shape (pairs, pieces, 2); the question's are no candidates."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        null = torch.zeros_like(token_type_ids)
        null[:, 0] = 1
        candidates = (token_type_ids * attention_mask + null).unsqueeze(-1) > 0
        logits: torch.Tensor = self.head(hidden).masked_fill(~candidates, -1e4)
        return logits


def of_squad(path: Path) -> tuple[list[Example], list[Example]]:
    """Read SQuAD 2.0: examples to learn from, and examples to measure by, of other articles."""
    articles = json.loads(path.read_text())["data"]
    sets: tuple[list[Example], list[Example]] = ([], [])
    for n, article in enumerate(articles):
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                found = () if asked["is_impossible"] else asked["answers"]
                at = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in found}
                title = article["title"].replace("_", " ")
                whole = Example(asked["question"], f"{title}. ", paragraph["context"], tuple(sorted(at)))
                sets[n % 4 == 3].append(whole)  # noqa: PLR2004 - the fourth
    return sets


def cropped(example: Example, chance: random.Random, tokenizer: Tokenizer) -> Example:
    """Keep whole sentences around the answer, or anywhere, up to `CROPPED` word pieces."""
    at = spans(example.passage)
    sizes = [len(tokenizer.encode(example.passage[a:b]).ids) for a, b in at]
    first = last = next(
        (k for k, (a, b) in enumerate(at) if example.answers and a <= example.answers[0][0] < b),
        chance.randrange(len(at)),
    )
    while wider := [
        (low, high)
        for low, high in ((first - 1, last), (first, last + 1))
        if low >= 0 and high < len(at) and sum(sizes[low : high + 1]) <= CROPPED
    ]:
        first, last = chance.choice(wider)
    begin, end = at[first][0], at[last][1]
    inside = tuple((a - begin, b - begin) for a, b in example.answers if begin <= a and b <= end)
    return replace(example, passage=example.passage[begin:end], answers=inside)


def of_questions(asked: Iterable[Asked], wrong: int, chance: random.Random) -> Iterator[Example]:
    """Pair each question with passages that answer it and passages that do not."""
    for one in asked:
        read = [(found, places(found, one)) for found in one.found]
        right = [(found, tuple(at)) for found, at in read if at]
        others = [found for found, at in read if at == []]
        wanted = wrong if right else wrong + 1
        hard = others[: max(wanted - 1, 1)]
        easy = others[len(hard) :]
        picked = [*hard, *chance.sample(easy, min(wanted - len(hard), len(easy)))]
        for found, at in [*right[:RIGHT], *((found, ()) for found in picked)]:
            yield Example(one.text, above(found.source), found.passage.text, at)


def bereft(asked: Iterable[Asked]) -> Iterator[Example]:
    """Take out of the best passage that answers the sentences that do; two at least must be left."""
    for one in asked:
        right = ((found, at) for found in one.found if (at := places(found, one)))
        for found, at in islice(right, 1):
            text = found.passage.text
            sentences = [
                (a, b) for a, b in spans(text) if not any(begin < b and end > a for begin, end in at)
            ]
            if len(sentences) > 1:
                left = " ".join(" ".join(text[a:b].split()) for a, b in sentences)
                yield Example(one.text, above(found.source), left, ())


def hard(examples: Iterable[Example], reader: Reader, chance: random.Random) -> Iterator[Example]:
    """Keep what the reader gets wrong or is not sure of, and some of the rest, lest it be forgotten."""
    for example in examples:
        best, hit = read_by(reader, example)
        known = (hit and best > SURE[0]) if example.answers else best < SURE[1]
        if not known or chance.random() < AGAIN[not example.answers]:
            yield example


def read_by(reader: Reader, example: Example) -> tuple[float, bool]:
    """Give the score of the best span, and whether it touches an answer."""
    (reading,) = reader.read(example.question, [(example.above, example.passage)])
    best = reading.best()
    return best.score, any(best.begin < end and best.end > begin for begin, end in example.answers)


def features(example: Example, tokenizer: Tokenizer) -> dict[str, list[int]]:
    """Tokenize; `starts` and `ends` are the word pieces at which an answer begins and ends."""
    encoding = tokenizer.encode(example.question, example.above + example.passage)
    pieces = {
        n: (a - len(example.above), b - len(example.above))
        for n, ((a, b), sequence) in enumerate(zip(encoding.offsets, encoding.sequence_ids, strict=True))
        if sequence == 1
    }
    inside = [[n for n, (a, b) in pieces.items() if b > begin and a < end] for begin, end in example.answers]
    kept = [place for place in inside if place]
    return {
        **{name: getattr(encoding, attribute) for name, attribute in COLUMNS.items()},
        "starts": sorted({place[0] for place in kept} or {0}),
        "ends": sorted({place[-1] for place in kept} or {0}),
    }


def padded(rows: Sequence[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    """Put rows of features into tensors of shape (rows, pieces)."""
    length = max(len(row["input_ids"]) for row in rows)
    batch = {name: torch.zeros(len(rows), length, dtype=torch.long) for name in (*COLUMNS, "starts", "ends")}
    for n, row in enumerate(rows):
        for name in COLUMNS:
            batch[name][n, : len(row[name])] = torch.tensor(row[name])
        for name in ("starts", "ends"):
            batch[name][n, row[name]] = 1
    return batch


def loss(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """The negative log likelihood that one of the right places is taken, for start and end."""
    total = torch.zeros(())
    for n, name in enumerate(("starts", "ends")):
        likelihoods = torch.log_softmax(logits[..., n], -1).masked_fill(batch[name] == 0, -1e9)
        total = total - torch.logsumexp(likelihoods, -1).mean() / 2
    return total


def train(model: Graph, rows: Sequence[dict[str, list[int]]], rate: float, chance: random.Random) -> None:
    """Fit the model: AdamW, a tenth of warm-up, then down to nothing in a line."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    steps = EPOCHS * math.ceil(len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min(10 * (n + 1) / steps, (steps - n) / steps / 0.9)
    )
    model.train()
    for step, batch in enumerate(batches(rows, chance), start=1):
        fault = loss(model(*(batch[name] for name in COLUMNS)), batch)
        optimizer.zero_grad()
        fault.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step} of {steps}: loss {fault.item():.3f}", flush=True)


def batches(rows: Sequence[dict[str, list[int]]], chance: random.Random) -> Iterator[dict[str, torch.Tensor]]:
    """Shuffle, then put rows of about one length together."""
    for _ in range(EPOCHS):
        order = chance.sample(range(len(rows)), len(rows))
        pools = [order[n : n + 32 * BATCH] for n in range(0, len(order), 32 * BATCH)]
        cut = [
            sorted(pool, key=lambda n: len(rows[n]["input_ids"]))[at : at + BATCH]
            for pool in pools
            for at in range(0, len(pool), BATCH)
        ]
        chance.shuffle(cut)
        for numbers in cut:
            yield padded([rows[n] for n in numbers])


def write(model: Graph, target: Path) -> None:
    """Write the model to ONNX, its weights in 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in COLUMNS)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            model,
            example,
            str(whole),
            input_names=list(COLUMNS),
            output_names=["logits"],
            dynamic_axes={name: {0: "pairs", 1: "pieces"} for name in (*COLUMNS, "logits")},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(whole, target, weight_type=QuantType.QInt8, per_channel=True)


def measure(examples: Sequence[Example]) -> str:
    """Tell how well the reader that was written knows what is answered, and where."""
    reader = Reader()
    scores, hits = zip(*(read_by(reader, example) for example in examples), strict=True)
    answered = [bool(example.answers) for example in examples]
    share = sum(hits) / sum(answered)
    return f"AUROC, answered or not: {roc_auc_score(answered, scores):.3f}; best span touches it: {share:.3f}"


def lessons(squad: Sequence[Example], files: Sequence[str], chance: random.Random) -> list[list[Example]]:
    """Put together what is learnt, one lesson after another."""
    asked = list(ask_all(files))
    of_facts = [one for one in asked if one.scopes == (STARTER,)]
    of_documents = [one for one in asked if one.scopes != (STARTER,)]
    facts = [*of_questions(of_facts, WRONG, chance), *chance.sample(squad, REPEATED[0])]
    documents = [
        *of_questions(of_documents, WRONG_IN_DOCUMENTS, chance),
        *bereft(of_documents),
        *of_questions(of_facts, WRONG_AGAIN, chance),
        *chance.sample(squad, REPEATED[1]),
    ]
    return [list(squad), facts, documents]


def main() -> None:
    """Train, write and measure."""
    squad, *files = sys.argv[1:]
    chance = random.Random(0)  # noqa: S311 - not for secrets
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(bundled_weights().parent / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    learnt, measured = ([cropped(e, chance, tokenizer) for e in part] for part in of_squad(Path(squad)))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    model = Graph()
    for n, (examples, rate) in enumerate(zip(lessons(learnt, files, chance), RATES, strict=True)):
        picked = hard(examples, Reader(), chance) if n else examples
        train(model, [features(example, tokenizer) for example in picked], rate, chance)
        write(model, WEIGHTS)
    print(measure(measured))


if __name__ == "__main__":
    main()
