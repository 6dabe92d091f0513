"""THE retrieval policy: by meaning and by words, fused.

Measured on four public sets, a weighted sum of the two normalised lists beats either alone and
reciprocal rank fusion; see `benchmarks/README.md`.
"""

from collections.abc import Mapping, Sequence

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder
from knowledge.store import Store
from knowledge.types import STARTER, Found

DEPTH = 100
"""Passages taken from each list of each scope; each list is normalised over its own."""
DENSE_SHARE = 0.4
"""What meaning weighs in the sum; words weigh the rest."""


class HybridRetriever(BaseRetriever):
    """Finds passages in the scopes asked, best first, as LangChain documents.

    `Found.from_langchain` gives what it knows of each.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    catalogue: Catalogue
    store: Store
    encoder: Encoder
    k: int = 10

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        scopes: Sequence[str] = (STARTER,),
    ) -> list[LangChainDocument]:
        return [found.to_langchain() for found in self.find(query, scopes)]

    def find(self, question: str, scopes: Sequence[str]) -> list[Found]:
        """Find the `k` passages that fit a question best.

        Raises:
            IndexFault: the vectors cannot be read.
        """
        vector = self.encoder.embed_query(question)
        cosines: dict[str, float] = {}
        ids: dict[str, None] = {}
        for scope in scopes:
            cosines.update(self.store.search(scope, vector, DEPTH))
            ids.update(dict.fromkeys(self.catalogue.search_words(scope, question, DEPTH)))
        known = self.catalogue.passages(cosines.keys() | ids.keys())
        rarity = self.catalogue.rarity(scopes, question)
        lines = [f"{source.provenance.title}. {passage.text}" for passage, source in known.values()]
        bm25 = dict(zip(known, rarity.bm25(lines), strict=True))
        scores = fuse({id: cosines[id] for id in known if id in cosines}, bm25)
        best = sorted(scores, key=lambda id: (-scores[id], id))[: self.k]
        return [
            Found(*known[id], score=scores[id], cosine=cosines.get(id, 0.0), bm25=bm25[id]) for id in best
        ]


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float]) -> dict[str, float]:
    """Sum two lists of scores, each brought to 0..1 over its best; what a list lacks counts 0 in it.

    Source: the convex combination of Bruch et al. 2023, https://arxiv.org/abs/2210.11934
    """
    meaning, wording = _normalised(dense), _normalised(lexical)
    return {
        id: DENSE_SHARE * meaning.get(id, 0.0) + (1 - DENSE_SHARE) * wording.get(id, 0.0)
        for id in meaning.keys() | wording.keys()
    }


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    """Min-max over the best `DEPTH`; where all are alike, all are 1."""
    best = sorted(scores, key=lambda id: -scores[id])[:DEPTH]
    if not best:
        return {}
    high, low = scores[best[0]], scores[best[-1]]
    return {id: (scores[id] - low) / (high - low) if high > low else 1.0 for id in best}
