"""With documents and questions so plain that no tuning of ranking or abstention may change them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.language_models import FakeListChatModel

from knowledge import build
from knowledge.build import build_answerer
from knowledge.errors import IndexMissing, InvalidScope
from knowledge.prompt import NOT_IN_THE_SOURCES
from knowledge.retrieve import HybridRetriever
from knowledge.types import STARTER, Turn, scope_of
from knowledge.write import LONGEST_ANSWER

LENGTH = "How long did the 2023 writers' strike last?"
NONSENSE = "What is the boiling point of molten tungsten on Venus?"
CHAT = "fake:model"

STRIKE = "The writers' strike of 2023"
TEXTS = {
    STRIKE: "The 2023 writers' strike lasted 148 days, from 2 May to 27 September 2023.",
    "The lighthouse of Corvo": "The lighthouse of Corvo was built in 1891 by Amalia Brandt.",
    "The bakery on Sark": "The bakery on Sark opens at five in the morning and sells rye bread.",
    "Bees in winter": "In winter honey bees keep the hive at 35 degrees by shivering.",
    "The Gotthard tunnel": "The Gotthard base tunnel is 57 kilometres long and opened in 2016.",
    "How paper is made": "Paper is made from wood fibres that are pressed and dried.",
}


class Raising(FakeListChatModel):
    """A provider that is down."""

    def _call(self, *_args, **_kwargs):
        raise ConnectionError("quota exceeded")


@pytest.fixture
def filled(library, document, take_in):
    """A library of a few plain documents."""
    take_in(library, *(document(text, title, name=title) for title, text in TEXTS.items()))
    return library


@pytest.fixture
def answerer(filled, settings):
    return build_answerer(settings, filled)


@pytest.fixture
def answering_with(filled, settings, monkeypatch):
    """Build an answerer with a chat model of LangChain's that says what it was told to."""

    def build_with(model, timeout=10.0):
        monkeypatch.setattr(build, "open_chat_model", lambda _name, _timeout: model)
        return build_answerer(
            settings.model_copy(update={"chat_model": CHAT, "chat_timeout": timeout}), filled
        )

    return build_with


def saying(text):
    return FakeListChatModel(responses=[text])


def marks(answer):
    return [int(n) for n in re.findall(r"\[(\d+)\]", answer.text)]


def test_a_plain_question_is_answered_with_its_source(answerer):
    answer = answerer.answer(LENGTH)

    assert "148 days" in answer.text
    assert answer.citations[0].source.provenance.title == STRIKE
    assert answer.citations[0].passage == TEXTS[STRIKE]
    assert answer.answerer == "quoting"


def test_every_document_answers_the_question_about_it(answerer):
    for question, said in [
        ("Who built the lighthouse of Corvo?", "Amalia Brandt"),
        ("When does the bakery on Sark open?", "five"),
        ("How long is the Gotthard base tunnel?", "57 kilometres"),
    ]:
        assert said in answerer.answer(question).text


def test_what_is_quoted_is_in_the_sources_word_for_word(answerer):
    answer = answerer.answer(LENGTH)

    for quoted in re.split(r"\s*\[\d+\]\s*", answer.text):
        assert quoted in " ".join(citation.passage for citation in answer.citations)


def test_marks_and_citations_agree(answerer):
    answer = answerer.answer(LENGTH)

    assert sorted(set(marks(answer))) == [citation.n for citation in answer.citations]


@pytest.mark.parametrize("question", [NONSENSE, "asdf qwer zxcv", "?", " ", "🎬", "What?"])
def test_where_nothing_fits_it_abstains_and_cites_nothing(answerer, question):
    answer = answerer.answer(question)

    assert answer.abstained
    assert answer.citations == ()
    assert answer.answerer is None
    assert marks(answer) == []
    assert answer.text


@pytest.mark.parametrize(
    "question", ["Who is who?", "what is it", "how was that for you?", "thanks!", "ok thx"]
)
def test_a_question_without_a_word_that_tells_anything_is_not_answered(answerer, question):
    assert answerer.answer(question).abstained


def test_a_sentence_longer_than_an_answer_is_cut_between_words(answering_all, filled, document, take_in):
    rules = "The zeppelin hangar rules, " + "as amended by the council of pilots, " * 30 + "hold."
    take_in(filled, document(rules, "Zeppelin hangar rules"))

    answer = answering_all.answer("What are the zeppelin hangar rules?")

    assert len(answer.text) <= LONGEST_ANSWER
    assert answer.text.endswith("… [1]")
    assert rules.startswith(answer.text.removesuffix(" … [1]"))


def test_an_abstention_asks_no_chat_model(answering_with):
    model = Raising(responses=[""])

    answer = answering_with(model).answer(NONSENSE)

    assert answer.abstained
    assert answer.answerer is None


def test_before_anything_was_ingested_it_says_so(library, settings):
    with pytest.raises(IndexMissing):
        build_answerer(settings, library).answer(LENGTH)


def test_the_same_words_in_two_documents_are_quoted_once(filled, answering_all, document, take_in):
    twin = document(TEXTS[STRIKE], "A copy of it", name="copy", scope=scope_of("7"))
    take_in(filled, twin)

    answer = answering_all.answer(LENGTH, guild="7")

    assert [citation.passage for citation in answer.citations].count(TEXTS[STRIKE]) == 1


def test_a_follow_up_is_understood_with_the_question_before_it(answerer):
    turn = Turn("Who built the lighthouse of Corvo?", "Amalia Brandt built it [1].")

    answer = answerer.answer("And when was it built?", [turn])

    assert "1891" in answer.text
    assert answer.question == "And when was it built?"


def test_a_chat_models_answer_keeps_the_marks_that_point_at_passages(answering_with):
    answer = answering_with(saying("It lasted 148 days [1].")).answer(LENGTH)

    assert answer.text == "It lasted 148 days [1]."
    assert answer.answerer == CHAT
    assert answer.citations[0].source.provenance.title == STRIKE


def test_a_chat_models_answer_loses_the_marks_that_point_at_nothing(answering_with):
    answer = answering_with(saying("It lasted 148 days [1] [77]. So they say [0].")).answer(LENGTH)

    assert answer.text == "It lasted 148 days [1]."
    assert len(answer.citations) == 1
    assert answer.checked == (1, 2)


@pytest.mark.parametrize(
    "model",
    [
        Raising(responses=[""]),
        saying("It lasted 148 days."),
        saying("It lasted 148 days [99]."),
        saying(""),
        FakeListChatModel(responses=["Too late [1]."], sleep=3),
    ],
    ids=["raises", "cites nothing", "cites what is not there", "says nothing", "is too slow"],
)
def test_where_a_chat_model_fails_the_quotation_comes_instead(answering_with, model, caplog):
    answerer = answering_with(model, timeout=0.3)
    begun = time.monotonic()

    answer = answerer.answer(LENGTH)

    assert time.monotonic() - begun < 2
    assert "148 days, from 2 May to 27 September" in answer.text
    assert answer.citations
    assert answer.answerer == f"quoting instead of {CHAT}"
    assert "quoting instead" in caplog.text


def test_a_chat_models_answer_is_told_as_far_as_it_is_checked(answering_with):
    told = []
    model = saying("It lasted 148 days [1]. It ended on 28 September 2023 [1]. It began on 2 May 2023 [1].")

    answer = answering_with(model).answer(LENGTH, progress=told.append)

    assert answer.text == "It lasted 148 days [1]. It began on 2 May 2023 [1]."
    assert answer.checked == (2, 3)
    assert [so_far.text for so_far in told] == ["It lasted 148 days [1]."]
    assert told[0].citations == answer.citations


def test_quotations_are_not_told_bit_by_bit(answerer):
    told = []
    answer = answerer.answer(LENGTH, progress=told.append)

    assert told == []
    assert answer.checked is None


@pytest.mark.parametrize("said", [NOT_IN_THE_SOURCES, f"\n{NOT_IN_THE_SOURCES}. Sorry [1]."])
def test_a_chat_model_that_finds_no_answer_in_the_sources_makes_it_abstain(answering_with, said):
    answer = answering_with(saying(said)).answer(LENGTH)

    assert answer.abstained
    assert NOT_IN_THE_SOURCES not in answer.text


@pytest.fixture
def answering_all(filled, settings):
    """Build one that answers however unsure it is, so that whatever could surface does."""
    return build_answerer(settings.model_copy(update={"answer_threshold": 0.0}), filled)


SECRET = "The 2023 writers' strike lasted exactly 148 days, our secret minutes say."  # noqa: S105


def cited(answer):
    return {citation.source.id for citation in answer.citations}


def test_a_guilds_document_is_for_that_guild_alone(filled, answering_all, document, take_in):
    take_in(filled, document(SECRET, "Minutes", name="minutes", scope="guild-1"))

    assert "guild-1-minutes" in cited(answering_all.answer(SECRET, guild="1"))
    for guild in (None, "2", "11"):
        answer = answering_all.answer(SECRET, guild=guild)
        assert "guild-1-minutes" not in cited(answer)
        assert "secret" not in answer.text
        assert all("secret" not in found.passage.text for found in _found(filled, guild))


def _found(library, guild):
    """All that retrieval can bring to light of a secret, answered from or not."""
    retriever = HybridRetriever(
        catalogue=library.catalogue, store=library.store, encoder=library.encoder, k=1000
    )
    return retriever.find(SECRET, [STARTER, scope_of(guild)] if guild else [STARTER])


def test_a_guild_is_also_answered_from_what_is_for_all(filled, answering_all, document, take_in):
    take_in(filled, document("The quorum is nine members.", "Minutes", name="minutes", scope="guild-1"))

    assert "148 days" in answering_all.answer(LENGTH, guild="1").text


def test_an_abstention_tells_a_guild_nothing_of_anothers_titles(filled, answerer, document, take_in):
    take_in(filled, document(NONSENSE, "Tungsten on Venus", scope="guild-1"))

    assert "Tungsten" not in answerer.answer(NONSENSE, guild="2").text


@pytest.mark.parametrize("guild", ["", "../1", "1 OR 1", "ÄÖ", "1" * 33])
def test_a_guild_that_is_none_is_refused(answerer, guild):
    with pytest.raises(InvalidScope):
        answerer.answer(LENGTH, guild=guild)


def test_a_removed_document_is_never_cited(filled, answering_all, take_in):
    assert f"starter-{STRIKE}" in cited(answering_all.answer(LENGTH))

    assert take_in(filled, remove=[f"starter-{STRIKE}"]) == ["removed"]

    answer = answering_all.answer(LENGTH)
    assert f"starter-{STRIKE}" not in cited(answer)
    assert "148" not in answer.text


def test_a_removed_document_is_not_cited_while_its_vectors_are_still_there(
    filled, answering_all, take_in, monkeypatch
):
    monkeypatch.setattr(filled.store, "delete", lambda *_: None)
    stored = filled.store.ids(STARTER)

    take_in(filled, remove=[f"starter-{STRIKE}"])

    assert filled.store.ids(STARTER) == stored
    assert f"starter-{STRIKE}" not in cited(answering_all.answer(LENGTH))


def test_a_document_that_still_waits_is_not_answered_from(filled, answering_all, document):
    filled.catalogue.ask(add=[document(SECRET, "Minutes", name="minutes")])

    assert "secret" not in answering_all.answer(SECRET).text


def test_several_may_ask_while_documents_come_in(filled, settings, document, take_in):
    answerer = build_answerer(settings, filled)

    def ask(_):
        return answerer.answer(LENGTH).text

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(ask, range(24))
        for n in range(3):
            take_in(filled, document(f"Note {n} is about cheese.", name=f"note{n}"))

        assert all("148 days" in answer for answer in answers)
