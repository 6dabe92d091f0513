"""Train the reader: `knowledge/skimmer.onnx`, or `knowledge/reader.onnx`.

    python benchmarks/reader.py SQUAD.json QUESTIONS.jsonl...
    python benchmarks/reader.py --mpnet FOLDER [--further] SQUAD.json QUESTIONS.jsonl...

What skims, from MiniLM's weights, first on SQuAD 2.0 (three articles of four; the fourth is for measuring),
then on questions on the starter corpus, then on those on documents, with some of what came before lest it
be forgotten: for each question, the passages that the retriever finds, with the places of the key points in
those that answer, and none in those that do not (`benchmarks/asked.py`); of documents also the best passage
without the sentences that answer. Of what the lesson before has taught well enough, a small part is repeated.

What reads closely, from the first layers of MPNet (`FOLDER` holds all-mpnet-base-v2 as it is published), in
one lesson: some of SQuAD, and of the same questions and passages what the other does not read well. With
`--further` it goes on from what is written, with all of SQuAD and more of the passages, as they come.

After each lesson the weights are brought to 8 bits and written. Some hours on 2 cores, which a processor that
multiplies numbers of 16 bits (AMX) cuts to a third; needs the index (`make run`).

Sources: the task and its loss, Devlin et al. 2019, https://arxiv.org/abs/1810.04805; several places that
may be right, Clark and Gardner 2018, https://arxiv.org/abs/1710.10723; SQuAD 2.0, Rajpurkar et al. 2018,
https://arxiv.org/abs/1806.03822 (CC BY-SA 4.0); MPNet, Song et al. 2020, https://arxiv.org/abs/2004.09297;
of a model the first layers, Sajjad et al. 2023, https://arxiv.org/abs/2004.03844
"""

import argparse
import json
import math
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import onnx
import torch
from asked import Asked, ask_all, places
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from transformers import AutoModel

from knowledge.embed import COLUMNS, bundled_weights
from knowledge.reader import CLOSELY, MAX_TOKENS, SKIMMING, Reader, Reading, above
from knowledge.sentences import spans
from knowledge.types import STARTER

EPOCHS = 2
RATES = (1.5e-4, 7e-5, 7e-5)
"""Learning rates: of SQuAD, of the starter corpus, of documents."""
LAYERS, FROZEN = 9, 2
"""Of MPNet's twelve layers those that are kept, and of these the first, which stay as they are."""
CLOSE_RATE, HEAD_RATE = 7e-5, 1e-3
"""Of its first lesson, and of what gives the scores, which begins from nothing;"""
FURTHER_RATE = 6e-5
"""and of a further one."""
OF_SQUAD, ANSWERED, UNANSWERED = 1_800, 4_300, 6_400
"""Examples of the first: of SQuAD, and of passages that answer and such as do not;"""
UNANSWERED_FURTHER = 20_500
"""and of a further one, besides all that answer."""
MPNET_FIRST, MPNET_MARKS = 4, {101: 0, 102: 2, 0: 1}
"""MPNet has MiniLM's word pieces, each so many places further on, and its own marks of where a text begins
and ends, and of padding."""
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


Read = Callable[[str, Sequence[tuple[str, str]]], list[Reading]]
"""Looks for a question's answer in passages: `Reader.skim` or `Reader.read`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; `answers` are the places of the answer, in characters."""

    question: str
    above: str
    passage: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt at once, and how."""

    examples: Sequence[Example]
    rate: float
    epochs: int = EPOCHS
    head_rate: float | None = None
    """Where it is another for what gives the scores."""


class Graph(torch.nn.Module):
    """An encoder with two scores a word piece: for beginning the answer, and for ending it."""

    def __init__(self, base: Path, layers: int | None = None, frozen: int = 0) -> None:
        super().__init__()
        # Without dropout: the weights are too few for what there is to learn, not too many.
        self.encoder = AutoModel.from_pretrained(
            str(base), add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
        self.is_mpnet = self.encoder.config.model_type == "mpnet"
        if self.is_mpnet:
            _count_as_minilm(self.encoder.embeddings)
        self.encoder.embeddings.requires_grad_(requires_grad=False)
        self.encoder.encoder.layer[:frozen].requires_grad_(requires_grad=False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, 2)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Give logits of shape (pairs, pieces, 2); the question's are no candidates."""
        types = {} if self.is_mpnet else {"token_type_ids": token_type_ids}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        null = torch.zeros_like(token_type_ids)
        null[:, 0] = 1
        candidates = (token_type_ids * attention_mask + null).unsqueeze(-1) > 0
        logits: torch.Tensor = self.head(hidden).masked_fill(~candidates, -1e4)
        return logits


def _count_as_minilm(embeddings: Any) -> None:
    """Have MPNet take MiniLM's numbers for word pieces."""
    of_mpnet = embeddings.word_embeddings.weight.data
    weights: torch.Tensor = of_mpnet[MPNET_FIRST:-1].clone()  # the last is the mask
    for number, place in MPNET_MARKS.items():
        weights[number] = of_mpnet[place]
    embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(weights)  # type: ignore[no-untyped-call]


def restored(written: Path) -> dict[str, torch.Tensor]:
    """Bring the weights of a written model back from 8 bits, by the names that `Graph` has for them."""
    graph = onnx.load(written).graph
    held = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}

    def whole(quantized: str) -> torch.Tensor:
        name = quantized.removesuffix("_quantized")
        numbers, zero, scale = (held[name + of] for of in ("_quantized", "_zero_point", "_scale"))
        return torch.tensor((numbers.astype("float32") - zero) * scale)

    plain = {name: torch.tensor(of) for name, of in held.items() if name.endswith((".weight", ".bias"))}
    tables = {name.removesuffix("_quantized"): whole(name) for name in held if ".weight_quantized" in name}
    products = {
        node.name.strip("/").replace("/", ".").replace(".MatMul_quant", ".weight"): whole(node.input[1]).T
        for node in graph.node
        if node.op_type == "MatMulInteger"
    }
    return {**plain, **tables, **products}


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


def hard(examples: Iterable[Example], read: Read, chance: random.Random) -> Iterator[Example]:
    """Keep what a model gets wrong or is not sure of, and some of the rest, lest it be forgotten."""
    for example in examples:
        best, hit = read_by(read, example)
        known = (hit and best > SURE[0]) if example.answers else best < SURE[1]
        if not known or chance.random() < AGAIN[not example.answers]:
            yield example


def read_by(read: Read, example: Example) -> tuple[float, bool]:
    """Give the score of the best span, and whether it touches an answer."""
    (reading,) = read(example.question, [(example.above, example.passage)])
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


def train(model: Graph, lesson: Lesson, tokenizer: Tokenizer, chance: random.Random) -> None:
    """Fit the model: AdamW, a tenth of warm-up, then down to nothing in a line."""
    rows = [features(example, tokenizer) for example in lesson.examples]
    body = {"params": [p for p in model.encoder.parameters() if p.requires_grad]}
    head = {"params": [*model.head.parameters()], "lr": lesson.head_rate or lesson.rate}
    groups: list[dict[str, Any]] = [body, head]
    optimizer = torch.optim.AdamW(groups, lr=lesson.rate, weight_decay=0.01, fused=True)
    steps = lesson.epochs * math.ceil(len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min(10 * (n + 1) / steps, (steps - n) / steps / 0.9)
    )
    of_16_bits = torch.cpu.get_capabilities().get("amx_bf16", False)
    model.train()
    for step, batch in enumerate(batches(rows, lesson.epochs, chance), start=1):
        with torch.autocast("cpu", torch.bfloat16, enabled=of_16_bits):
            logits = model(*(batch[name] for name in COLUMNS))
        fault = loss(logits.float(), batch)
        optimizer.zero_grad()
        fault.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step} of {steps}: loss {fault.item():.3f}", flush=True)


def batches(
    rows: Sequence[dict[str, list[int]]], epochs: int, chance: random.Random
) -> Iterator[dict[str, torch.Tensor]]:
    """Shuffle, then put rows of about one length together."""
    for _ in range(epochs):
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
        small = Path(folder) / "small.onnx"
        quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
        _keep_apart(onnx.load(small), target)


def _keep_apart(model: onnx.ModelProto, target: Path) -> None:
    """Write the weights to a file of their own, which a process maps instead of copying it."""
    weights = target.with_suffix(".bin")
    weights.unlink(missing_ok=True)  # else they are added to what is there
    onnx.save(model, target, save_as_external_data=True, location=weights.name)
    weights.chmod(target.stat().st_mode)


def measure(read: Read, examples: Sequence[Example]) -> str:
    """Tell how well what was written knows what is answered, and where."""
    scores, hits = zip(*(read_by(read, example) for example in examples), strict=True)
    answered = [bool(example.answers) for example in examples]
    share = sum(hits) / sum(answered)
    return f"AUROC, answered or not: {roc_auc_score(answered, scores):.3f}; best span touches it: {share:.3f}"


def to_skim(squad: Sequence[Example], files: Sequence[str], chance: random.Random) -> Iterator[Lesson]:
    """Put together what is learnt to skim, one lesson after another."""
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
    yield Lesson(squad, RATES[0])
    for examples, rate in zip((facts, documents), RATES[1:], strict=True):
        yield Lesson(list(hard(examples, Reader().skim, chance)), rate)


def to_read_closely(squad: Sequence[Example], files: Sequence[str], chance: random.Random) -> Lesson:
    """Put together what is learnt to read closely at first."""
    asked = list(ask_all(files))
    pairs = [*of_questions(asked, WRONG, chance), *bereft(asked)]
    answered, unanswered = _parted(hard(pairs, Reader().skim, chance))
    examples = [
        *_some(squad, OF_SQUAD, chance),
        *_some(answered, ANSWERED, chance),
        *_some(unanswered, UNANSWERED, chance),
    ]
    return Lesson(examples, CLOSE_RATE, 1, HEAD_RATE)


def to_read_more(squad: Sequence[Example], files: Sequence[str], chance: random.Random) -> Lesson:
    """Put together a further lesson: all of SQuAD, and passages as they come."""
    asked = list(ask_all(files))
    answered, unanswered = _parted([*of_questions(asked, WRONG_IN_DOCUMENTS, chance), *bereft(asked)])
    return Lesson([*squad, *answered, *_some(unanswered, UNANSWERED_FURTHER, chance)], FURTHER_RATE, 1)


def _parted(examples: Iterable[Example]) -> tuple[list[Example], list[Example]]:
    parts: dict[bool, list[Example]] = {True: [], False: []}
    for example in examples:
        parts[bool(example.answers)].append(example)
    return parts[True], parts[False]


def _some(examples: Sequence[Example], many: int, chance: random.Random) -> list[Example]:
    return chance.sample(examples, min(many, len(examples)))


def main() -> None:
    """Train, write and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mpnet", type=Path)
    parser.add_argument("--further", action="store_true")
    parser.add_argument("squad", type=Path)
    parser.add_argument("files", nargs="+")
    of = parser.parse_args()
    chance = random.Random(0)  # noqa: S311 - not for secrets
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(bundled_weights().parent / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    learnt, measured = ([cropped(e, chance, tokenizer) for e in part] for part in of_squad(of.squad))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    if of.mpnet:
        model, target = Graph(of.mpnet, LAYERS, FROZEN), CLOSELY
        lesson = to_read_more if of.further else to_read_closely
        if of.further:
            model.load_state_dict(restored(CLOSELY))
        lessons: Iterable[Lesson] = [lesson(learnt, of.files, chance)]
    else:
        model, target = Graph(bundled_weights().parent), SKIMMING
        lessons = to_skim(learnt, of.files, chance)
    for each in lessons:
        train(model, each, tokenizer, chance)
        write(model, target)
    reader = Reader()
    print(measure(reader.read if of.mpnet else reader.skim, measured))


if __name__ == "__main__":
    main()
