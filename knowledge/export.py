"""Export a sentence-transformers model to ONNX, once.

Run as a child process (`python -m knowledge.export MODEL TARGET`), so that torch, which takes
seconds to import and hundreds of megabytes, leaves nothing behind in the bot.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.embed import BUNDLED_MODEL, bundled_weights

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

LONGEST_INPUT = 512
"""Word pieces; a model that reads more is held to this, for passages are short anyway."""
OPSET = 17


def load(name: str) -> "SentenceTransformer":
    """Load a model by its name or path; the bundled one comes from its package, without a network."""
    from sentence_transformers import SentenceTransformer

    source = str(bundled_weights().parent) if name == BUNDLED_MODEL else name
    return SentenceTransformer(source, device="cpu").eval()


def fingerprint(name: str, model: "SentenceTransformer", max_tokens: int) -> str:
    """Name the vectors a model makes: two models with one fingerprint give the same."""
    weights = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        weights.update(key.encode() + tensor.contiguous().numpy().tobytes())
    return f"{name} ({weights.hexdigest()[:12]}, {max_tokens} tokens)"


def export(name: str, target: Path) -> None:
    """Write model.onnx, its weights, tokenizer.json and encoder.json into `target`, all or nothing."""
    model = load(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        _write_graph(model, unfinished / "model.onnx")
        _set_weights_apart(unfinished / "model.onnx")
        (unfinished / "tokenizer.json").write_text(model.tokenizer.backend_tokenizer.to_str())
        (unfinished / "encoder.json").write_text(json.dumps(_description(name, model), indent=2))
        if not target.exists():  # another process may have been first
            unfinished.replace(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _description(name: str, model: "SentenceTransformer") -> dict[str, object]:
    max_tokens = min(model.max_seq_length or LONGEST_INPUT, LONGEST_INPUT)
    return {
        "fingerprint": fingerprint(name, model, max_tokens),
        "max_tokens": max_tokens,
        "dimensions": model.get_embedding_dimension(),
        "pad_id": model.tokenizer.pad_token_id,
        "question_prompt": model.prompts.get("query") or "",
        "passage_prompt": model.prompts.get("document") or "",
    }


def _write_graph(model: "SentenceTransformer", path: Path) -> None:
    import torch

    example = model.tokenizer(["An example.", "Another one, longer."], padding=True, return_tensors="pt")
    names = list(example.keys())

    class Graph(torch.nn.Module):
        """The whole pipeline (transformer, pooling, ...) as a function of tensors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: "torch.Tensor") -> "torch.Tensor":
            vectors: torch.Tensor = self.model(dict(zip(names, inputs, strict=True)))["sentence_embedding"]
            return vectors

    torch.onnx.export(
        Graph(),
        tuple(example[name] for name in names),
        str(path),
        input_names=names,
        output_names=["vectors"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names} | {"vectors": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )


def _set_weights_apart(path: Path) -> None:
    """Move a graph's weights to a file beside it: ONNX Runtime maps that into memory, and copies nothing."""
    import onnx

    onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin")


if __name__ == "__main__":
    export(sys.argv[1], Path(sys.argv[2]))
