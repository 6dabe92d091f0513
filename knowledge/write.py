"""The writer that quotes: evidence in, a draft whose marks `[n]` name the passages out.

What a chat model writes is in `knowledge/chat.py`.
"""

import re
import textwrap
from collections.abc import Sequence
from itertools import groupby

from langchain_core.runnables import Runnable, RunnableLambda

from knowledge.cite import MARK
from knowledge.disagree import attributed, other_account
from knowledge.question import CARRIERS, understand
from knowledge.sentences import is_whole
from knowledge.types import Evidence, Sentence
from knowledge.words import stems, words

Writer = Runnable[Evidence, str]

LONGEST_ANSWER = 700
"""Characters, marks included."""
MOST_SENTENCES = 3
_MARK = " [10] "
_BULLET = re.compile(r"^[-*+•‣◦▪·]\s+")
LONGEST_HEADING = 60
"""Characters of a heading that is quoted with what stands below it."""
LONGEST_SHORT = 60
"""Characters of a short answer that stands first."""
LEAD, LIKELY = 0.5, -2.0
"""By how much the score of a sentence exceeds those in which something else is read where its short answer
stands first; and the reader's logit above which it does."""
MARGIN = 0.75
"""The share of the best sentence's score that a further one needs to be quoted too."""
CLEAR = 0.5
"""By how much the score of a sentence exceeds those of other passages where nothing of theirs is quoted: the
reader is sure of it, and one thing is asked."""
UNLIKELY, BEHIND = -8.0, 8.0
"""The reader's logits: a sentence of another passage is not quoted if its own is below the first, and by more
than the second below the highest of those quoted."""
SEVERAL = re.compile(r"(?!^)\b(and|or)\b|\b(both|vs|versus|each|all)\b|[,&]", re.IGNORECASE)
"""What a question has in it that asks for more than one thing; not the "and" that opens a follow-up."""
LEANS = re.compile(
    r"(It|Its|He|His|She|Her|They|Their|This|That|These|Those|Both|Such|But|However"
    r"|Disputed)\b"
)
"""How a sentence begins that says little without the one before it."""


def quoting_writer() -> Writer:
    """Quote the one to three sentences that answer best, word for word, below their headings."""
    return RunnableLambda(_quote)


def _quote(evidence: Evidence) -> str:
    taken = _taken(evidence)
    alone = [sentence for sentence in taken if not _leans(sentence, evidence)]
    if alone and (other := other_account(alone[0], alone[1:], evidence)):
        return _side_by_side(alone[0], other, evidence)
    taken = _needed(taken, evidence)
    return " ".join([*_short_answer(taken[0], evidence), _quoted(taken, evidence)])


def _quoted(taken: Sequence[Sentence], evidence: Evidence) -> str:
    """Quote sentences; each heading stands once, on a line with those that are below it."""
    between, lines = " ", []
    for (n, heading), run in groupby(taken, lambda one: (one.n, _heading(one, evidence))):
        quotes = [f"{_cut(_BULLET.sub('', sentence.text), heading)} [{n}]" for sentence in run]
        lines.append(heading + " ".join(quotes))
        between = "\n" if heading else between
    return between.join(lines)


def _heading(sentence: Sentence, evidence: Evidence) -> str:
    """Give the heading of a sentence, unless the title of its source says as much.

    Without it, "The deductible is $600." says little, and what was refused reads like what was agreed.
    """
    heading = MARK.sub("", " ".join(sentence.heading.split())).rstrip(":")
    title = evidence.found[sentence.n - 1].source.provenance.title
    if set(words(heading)) <= set(words(title)) or len(heading) > LONGEST_HEADING:
        return ""
    return f"{heading} " if heading.endswith("?") else f"{heading}: "


def _side_by_side(one: Sentence, other: Sentence, evidence: Evidence) -> str:
    accounts = attributed(one, other, evidence), attributed(other, one, evidence)
    return f"Sources differ. {accounts[0]} [{one.n}] {accounts[1]} [{other.n}]"


def _taken(evidence: Evidence) -> list[Sentence]:
    """Choose what is quoted, in the order in which it reads best."""
    taken: list[Sentence] = []
    standing = [s for s in evidence.sentences if not evidence.found[s.n - 1].outdated]
    standing = standing or list(evidence.sentences)
    for sentence in standing:
        if sentence.score < MARGIN * standing[0].score:
            break
        said = {(s.heading, s.text) for s in taken}  # passages overlap by a sentence
        leant_on = _with_what_it_leans_on(sentence, evidence)
        together = [*taken, *(s for s in leant_on if (s.heading, s.text) not in said)]
        length = sum(len(_quoted([one], evidence)) + 1 for one in together)
        if len(together) <= MOST_SENTENCES and length <= LONGEST_ANSWER:
            taken = together
        elif not taken:
            taken = [sentence]
    rank = {n: place for place, n in enumerate(dict.fromkeys(sentence.n for sentence in taken))}
    # What a list or a table tells does not lean on the item before it.
    item = None if is_whole(standing[0].text) else standing[0]
    return sorted(taken, key=lambda one: (one is not item, rank[one.n], one.position))


def _needed(taken: list[Sentence], evidence: Evidence) -> list[Sentence]:
    """Leave out what other passages than the best would add for safety's sake, where one thing is asked."""
    if SEVERAL.search(evidence.asked or evidence.question):
        return taken
    best = max(taken, key=lambda sentence: sentence.score)
    if _is_enough(best, evidence):
        return [sentence for sentence in taken if sentence.n == best.n]
    least = min(UNLIKELY, max(sentence.reading for sentence in taken) - BEHIND)
    return [sentence for sentence in taken if sentence.n == best.n or sentence.reading >= least]


def _is_enough(sentence: Sentence, evidence: Evidence) -> bool:
    clear = all(sentence.score > one.score + CLEAR for one in evidence.sentences if one.n != sentence.n)
    return clear and sentence.reading > 0


def _short_answer(sentence: Sentence, evidence: Evidence) -> list[str]:
    """Give the answer alone, where a fact has one of the kind asked for and the reader reads the same words.

    Every word of it stands in the passage, so that the passage supports it.
    """
    passage = evidence.found[sentence.n - 1]
    short = MARK.sub("", str(passage.source.details.get("short_answer", ""))).rstrip(".")
    kind = understand(evidence.question).kind
    if kind not in CARRIERS or not CARRIERS[kind].search(short) or not _stands_out(sentence, evidence):
        return []
    said, read = set(stems(short)), set(stems(sentence.answer))
    is_it = said <= set(stems(passage.passage.text)) and len(said & read) >= len(said) / 2
    if not is_it or len(short) > LONGEST_SHORT or sentence.text.startswith(short):
        return []
    return [f"{short[0].upper()}{short[1:]}. [{sentence.n}]"]


def _stands_out(sentence: Sentence, evidence: Evidence) -> bool:
    """Whether all signs agree on a sentence: what stands alone at the beginning is taken for certain."""
    others = [one for one in evidence.sentences if one.n != sentence.n and not _reads_alike(one, sentence)]
    return sentence.reading > max([LIKELY, *(one.reading for one in others)]) and all(
        sentence.score > one.score + LEAD for one in others
    )


def _reads_alike(one: Sentence, other: Sentence) -> bool:
    """Whether the reader takes the same words for the answer in both, or some of them."""
    answers = set(stems(one.answer)), set(stems(other.answer))
    return all(answers) and (answers[0] <= answers[1] or answers[1] <= answers[0])


def _leans(sentence: Sentence, evidence: Evidence) -> bool:
    """Whether a sentence says little without the one before it, as all of a fact do but the first."""
    is_further = evidence.found[sentence.n - 1].source.kind == "fact" and sentence.position > 0
    return is_further or bool(LEANS.match(sentence.text))


def _with_what_it_leans_on(sentence: Sentence, evidence: Evidence) -> list[Sentence]:
    if not _leans(sentence, evidence):
        return [sentence]
    before = (sentence.n, sentence.position - 1)
    earlier = [s for s in evidence.sentences if (s.n, s.position) == before]
    return [*(one for s in earlier for one in _with_what_it_leans_on(s, evidence)), sentence]


def _cut(text: str, heading: str) -> str:
    """Leave a sentence as it is, unless it alone is longer than an answer may be."""
    return textwrap.shorten(text, LONGEST_ANSWER - len(heading) - len(_MARK), placeholder=" …")
