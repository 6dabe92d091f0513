"""What is held on a person, and how it is forgotten."""

from datetime import timedelta

import pytest

from ingest.submit import see_through
from knowledge import mine
from knowledge.asked import Place
from knowledge.build import build_gaps, build_memory
from knowledge.errors import UnknownAnswer
from knowledge.facts import Corpus, Fact
from knowledge.library import CATALOGUE
from knowledge.own_facts import OwnFacts
from knowledge.schema import now
from knowledge.types import Answer, scope_of

ADA, BEN = "111222333", "444555666"
QUESTION = "Who keeps the zeppelin of Vaduz?"
FACT = Fact.model_validate(
    {
        "id": "own-picnic",
        "topic": "background",
        "kind": "event",
        "title": "The picnic",
        "statement": "The picnic was held on 14 June 2026.",
        "short_answer": "14 June 2026",
        "confidence": "medium",
        "sources": [{"publisher": "The local", "title": "July", "url": "https://example.org/july"}],
    }
)


@pytest.fixture
def parts(settings, library):
    memory = build_memory(settings)
    gaps = build_gaps(library, memory)
    facts = OwnFacts(settings.data_dir / CATALOGUE, Corpus((), ()))
    yield memory, gaps, facts, library
    for part in (memory, gaps, facts):
        part.close()


@pytest.fixture
def ask(parts):
    """Have something asked in vain, in two guilds or directly."""
    memory, *_ = parts

    def ask(person=ADA, guild="100", question=QUESTION):
        answer = Answer(question, "My sources hold nothing on that.", (), 0.1, None)
        return memory.remember(answer, Place(person, "10", guild))

    return ask


def test_nothing_is_held_on_who_never_asked(parts, ask):
    ask(BEN)

    assert not mine.held_on(ADA, *parts).anything


def test_all_that_bears_a_persons_id_is_counted_wherever_they_were(parts, ask):
    memory, gaps, facts, _ = parts
    for guild in ("100", "200", None):
        ask(guild=guild)
    memory.judge(ask(BEN), ADA, "unhelpful", "why")
    gaps.wish(ask(BEN), ADA)
    facts.put("100", FACT, ADA)
    held = mine.held_on(ADA, *parts)

    assert (held.questions, held.verdicts, held.wishes, held.facts) == (3, 1, (QUESTION,), 1)
    assert now() - held.oldest < timedelta(minutes=1)


def test_who_is_forgotten_leaves_nothing_behind_and_others_lose_nothing(parts, ask):
    memory, gaps, facts, _ = parts
    theirs, other = ask(), ask(BEN)
    for person in (ADA, BEN):
        memory.judge(other, person, "missing")
        gaps.wish(other, person)
        facts.put("100", FACT, person)
    mine.forget(ADA, *parts)

    assert not mine.held_on(ADA, *parts).anything
    assert mine.held_on(BEN, *parts).verdicts == mine.held_on(BEN, *parts).facts == 1
    assert mine.held_on(BEN, *parts).wishes == (QUESTION,)
    assert memory.verdicts(other) == [(BEN, "missing", None)]
    with pytest.raises(UnknownAnswer):
        memory.recall(theirs)


def test_what_was_written_stays_without_a_name_after_a_restart_too(parts, settings):
    _, _, facts, _ = parts
    facts.put("100", FACT, ADA)
    mine.forget(ADA, *parts)
    again = OwnFacts(settings.data_dir / CATALOGUE, Corpus((), ()))

    for kept in (facts, again):
        assert (kept.own("100", FACT.id).fact, kept.own("100", FACT.id).person) == (FACT, None)
    again.close()


def test_what_became_of_a_persons_question_is_forgotten_with_it(parts, ask):
    _, gaps, _, _ = parts
    ask()
    gaps.dismiss("100", gaps.open("100")[0].key)
    mine.forget(ADA, *parts)
    ask(BEN)

    assert [gap.times for gap in gaps.open("100")] == [1]


def test_no_word_or_id_of_who_is_forgotten_stays_on_disk(parts, ask, settings):
    memory, gaps, facts, _ = parts
    memory.judge(ask(), ADA, "missing", "why on earth")
    gaps.wish(ask(), ADA)
    gaps.dismiss("100", gaps.open("100")[0].key)
    facts.put("100", FACT, ADA)
    mine.forget(ADA, *parts)
    on_disk = b"".join(file.read_bytes() for file in settings.data_dir.glob(f"{CATALOGUE}*"))

    for word in (ADA, "zeppelin", "on earth"):
        assert word.encode() not in on_disk


def test_what_a_person_did_to_documents_is_counted_and_stays_without_the_name(parts, library, document):
    see_through(
        library,
        library.catalogue.ask(add=[document("One.", scope=scope_of("100"))], person=ADA),
        objection=lambda *_: None,
    )
    held = mine.held_on(ADA, *parts)

    mine.forget(ADA, *parts)

    assert held.acts == 1
    assert not mine.held_on(ADA, *parts).anything
    assert [entry.person for entry in library.ledger.acts(scope_of("100"))] == [None]
