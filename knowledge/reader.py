"""The reader: it looks for the answer in a passage, with the question in mind.

A small model skims many passages, a larger one reads few. Each gives each word piece of the passage a score
for beginning the answer and one for ending it, and the same to "there is no answer here". Vectors tell what
a passage is about; the reader tells whether it says what is asked. Only numpy, onnxruntime and tokenizers
are imported.

Sources: extractive reading, Devlin et al. 2019, https://arxiv.org/abs/1810.04805; answers that are not
there, Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.embed import COLUMNS, bundled_weights
from knowledge.types import Source

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding

SKIMMING = Path(__file__).with_name("skimmer.onnx")
"""MiniLM, trained to read by `benchmarks/reader.py`; its weights, beside it, have 8 bits."""
CLOSELY = Path(__file__).with_name("reader.onnx")
"""The first nine layers of MPNet, trained alike: it takes four times as long, and errs on other questions."""
MAX_TOKENS = 256
"""Word pieces read of a question and a passage together; the passage is cut."""
LONGEST_SPAN = 30
"""Word pieces of an answer."""
NEVER = -100.0
"""The score of a piece of text without a word in it."""
PASSAGE = 1
"""The sequence of a pair that the passage is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage, less what it gives to "there is no answer here"."""

    offsets: NDArray[np.int64]
    """Of shape (pieces, 2): where in the passage each word piece stands, in characters."""
    spans: NDArray[np.float32]
    """Of shape (pieces, pieces): from which to which piece the answer goes; what cannot be is -inf."""

    def averaged(self, other: "Reading", share: float) -> "Reading":
        """Take the mean of two models' scores for the same passage, in which the other's has a share."""
        return Reading(self.offsets, (1 - share) * self.spans + share * other.spans)

    def best(self, begin: int = 0, end: int = sys.maxsize) -> "Span":
        """Find the best answer that lies between two characters of the passage."""
        inside = np.flatnonzero((self.offsets[:, 0] >= begin) & (self.offsets[:, 1] <= end))
        if not inside.size:
            return Span(NEVER, begin, begin)
        first, last = inside[0], inside[-1] + 1
        spans = self.spans[first:last, first:last]
        start, stop = np.unravel_index(spans.argmax(), spans.shape)
        return Span(
            float(spans[start, stop]), int(self.offsets[first + start, 0]), int(self.offsets[first + stop, 1])
        )


@dataclass(frozen=True, slots=True)
class Span:
    """What the reader takes for an answer: characters of a passage."""

    score: float
    """A logit: above 0, an answer here is likelier than none."""
    begin: int
    end: int


class Reader:
    """Reads passages. Safe to call from several threads."""

    def __init__(self, threads: int = 2) -> None:
        """Load the weights, and the word pieces of the package that MiniLM comes in; MPNet has the same.

        Args:
            threads: how many passages are read at once, whoever asks.
        """
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(bundled_weights().with_name("tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._small, self._large = _session(SKIMMING), _session(CLOSELY)

    def skim(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Look for a question's answer in passages, each given as what stands above it, and its text."""
        return self._read_each(self._small, question, passages)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Do as `skim` does, with more care and time; the two err on different questions."""
        return self._read_each(self._large, question, passages)

    def _read_each(
        self, session: "InferenceSession", question: str, passages: Sequence[tuple[str, str]]
    ) -> list[Reading]:
        """Read each by itself: in 8 bits, it would be read a little otherwise in a batch with other ones."""
        return list(self._threads.map(lambda passage: self._read(session, question, *passage), passages))

    def _read(self, session: "InferenceSession", question: str, above: str, text: str) -> Reading:
        encoding = self._tokenizer.encode(question, f"{above}{text}")
        feed = {name: np.array([getattr(encoding, of)], np.int64) for name, of in COLUMNS.items()}
        logits: NDArray[np.float32] = session.run(["logits"], feed)[0]
        return _reading(encoding, logits[0], len(above))


def _session(weights: Path) -> "InferenceSession":
    import onnxruntime

    # Threads that read a passage each are faster than threads that share one, which is short.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def _reading(encoding: "Encoding", logits: NDArray[np.float32], above: int) -> Reading:
    """Take logits of shape (pieces, 2); keep those of the passage itself. The first piece is "no answer"."""
    offsets = np.array(encoding.offsets, np.int64) - above
    of_passage = [sequence == PASSAGE for sequence in encoding.sequence_ids]
    places = np.flatnonzero(np.array(of_passage) & (offsets[:, 0] >= 0))
    starts, ends = logits[places].T
    spans = starts[:, None] + ends[None, :] - logits[0].sum()
    lengths = np.arange(len(places))[None, :] - np.arange(len(places))[:, None]
    spans = np.where((lengths >= 0) & (lengths < LONGEST_SPAN), spans, -np.inf).astype(np.float32)
    return Reading(offsets[places], spans)


def above(source: Source) -> str:
    """What the reader is told of a passage besides its text: the title, and the date where there is one."""
    date = source.details.get("date") or source.provenance.published
    return f"{source.provenance.title} ({date}). " if date else f"{source.provenance.title}. "
