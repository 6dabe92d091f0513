"""What the sources do not answer, and who wishes to hear of an answer."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from knowledge.asked import Place
from knowledge.build import build_answerer, build_memory
from knowledge.errors import UnknownAnswer, UnknownGap
from knowledge.gaps import Gaps
from knowledge.library import CATALOGUE
from knowledge.schema import answers, gap_marks, now, wishes
from knowledge.types import STARTER, Answer, Citation, Provenance, Source, scope_of

GUILD = "100"
ADA, BEN = Place("1", "10", GUILD), Place("2", "11", GUILD)
CORVO = Source("starter-corvo", STARTER, "document", Provenance("The lighthouse"))
PICNIC, DUES = "When is the summer picnic?", "Where do I pay my dues?"
PAID = "Who pays for the sandwiches at the summer picnic of 2031?"


@pytest.fixture
def memory(settings, library, document, take_in):
    take_in(library, document("It was lit in 1891.", "The lighthouse", name="corvo"))
    memory = build_memory(settings)
    yield memory
    memory.close()


@pytest.fixture
def open_gaps(settings, memory, encoder):
    opened = []

    def open_():
        opened.append(Gaps(settings.data_dir / CATALOGUE, memory, encoder))
        return opened[-1]

    yield open_
    for gaps in opened:
        gaps.close()


@pytest.fixture
def gaps(open_gaps):
    return open_gaps()


@pytest.fixture
def ask(memory):
    """Have something asked in vain."""

    def ask(question=PICNIC, place=ADA, previous=None):
        answer = Answer(question, "My sources hold nothing on that.", (), 0.1, None)
        return memory.remember(answer, place, previous)

    return ask


@pytest.fixture
def answered(memory):
    """Have something asked and answered."""

    def answered(question, place=ADA):
        citation = Citation(1, CORVO, "It was lit in 1891.")
        return memory.remember(Answer(question, "In 1891. [1]", (citation,), 0.9, "quoting"), place)

    return answered


def listed(gaps, guild=GUILD, **options):
    return [(gap.question, gap.times) for gap in gaps.open(guild, **options)]


def test_what_was_not_answered_is_listed_most_asked_first(gaps, ask):
    for question in (DUES, PICNIC, PICNIC, DUES, PICNIC, "Who was Amalia Brandt's cat?"):
        ask(question)

    assert listed(gaps) == [(PICNIC, 3), (DUES, 2), ("Who was Amalia Brandt's cat?", 1)]
    assert listed(gaps, limit=1) == [(PICNIC, 3)]


def test_wordings_of_one_question_stand_together_as_it_was_asked_last(gaps, ask):
    ask("Where do I pay my dues?")
    ask("where can i pay dues")

    assert listed(gaps) == [("where can i pay dues", 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How long did the 2023 WGA strike last?", "How long did the 2007 WGA strike last?"),
        ("When is the next membership meeting?", "Where is the next membership meeting?"),
        ("What does the health plan cover?", "What does the health plan cost?"),
    ],
)
def test_questions_that_differ_in_a_word_that_counts_stay_apart(gaps, ask, one, other):
    ask(one)
    ask(other)

    assert sorted(listed(gaps)) == sorted([(one, 1), (other, 1)])


def test_a_follow_up_is_listed_with_what_it_refers_to(gaps, ask, answered):
    first = answered("When was the lighthouse of Corvo lit?")
    ask("And who paid for it?", previous=first)

    assert listed(gaps) == [("When was the lighthouse of Corvo lit? And who paid for it?", 1)]


def test_it_says_why_a_question_is_open(gaps, memory, ask, answered):
    memory.judge(ask(PICNIC), "1", "missing")
    unhelpful = answered(DUES)
    memory.judge(unhelpful, "1", "unhelpful", "wrong place")
    memory.judge(unhelpful, "2", "unhelpful")
    memory.judge(answered("When was it lit?"), "1", "helpful")

    assert {gap.question: (gap.why, gap.times) for gap in gaps.open(GUILD)} == {
        PICNIC: ({"abstained", "told"}, 1),
        DUES: ({"not helpful"}, 1),
    }


def test_a_guild_sees_its_own_questions_alone(gaps, ask):
    ask(PICNIC)
    ask(DUES, Place("1", "10", "200"))
    ask("Who pays?", Place("1", "10", None))

    assert listed(gaps) == [(PICNIC, 1)]
    assert listed(gaps, "200") == [(DUES, 1)]


def test_a_question_is_found_by_its_key_however_often_it_is_asked(gaps, open_gaps, ask):
    ask("Where do I pay my dues?")
    (before,) = gaps.open(GUILD)
    ask("where can i pay dues")
    (after,) = open_gaps().open(GUILD)

    assert (before.key, len(before.key)) == (after.key, 16)
    assert gaps.wording(GUILD, before.key) == "Where do I pay my dues?"


def test_a_question_of_another_guild_is_not_found(gaps, ask):
    ask(PICNIC)

    with pytest.raises(UnknownGap):
        gaps.wording("200", gaps.open(GUILD)[0].key)
    with pytest.raises(UnknownGap):
        gaps.dismiss("200", gaps.open(GUILD)[0].key)


def test_what_is_dismissed_stays_away_in_every_wording_and_in_that_guild_alone(gaps, ask):
    ask("Where do I pay my dues?")
    ask("Where could I pay my dues?")
    ask("Where do I pay my dues?", Place("1", "10", "200"))
    (gap,) = gaps.open(GUILD)
    gaps.dismiss(GUILD, gap.key)
    ask("where can i pay dues")

    assert listed(gaps) == []
    assert len(listed(gaps, "200")) == 1
    for press in (gaps.dismiss, gaps.wording):
        with pytest.raises(UnknownGap):
            press(GUILD, gap.key)


def test_nothing_is_asked_again_before_something_is_added(gaps, ask):
    gaps.wish(ask(PICNIC), "1")
    ask(DUES)

    assert gaps.to_ask_again(GUILD) == []


@pytest.mark.parametrize("scope", [STARTER, scope_of(GUILD)])
def test_after_a_document_is_added_it_is_time_to_ask_again_what_is_wished_for_first(
    gaps, ask, library, document, take_in, scope
):
    for _ in range(2):
        ask(DUES)
    gaps.wish(ask(PICNIC), "1")
    take_in(library, document("The picnic is on 14 June.", name="picnic", scope=scope))

    assert gaps.to_ask_again(GUILD) == [PICNIC, DUES]
    assert gaps.to_ask_again(GUILD, most=1) == [PICNIC]


def test_a_document_of_another_guild_changes_nothing(gaps, ask, library, document, take_in):
    gaps.wish(ask(PICNIC), "1")
    take_in(library, document("The picnic is on 14 June.", scope=scope_of("200")))

    assert gaps.to_ask_again(GUILD) == []


def test_what_was_tried_in_vain_waits_for_the_next_change(gaps, ask, library, document, take_in):
    gaps.wish(ask(PICNIC), "1")
    ask(DUES)
    take_in(library, document("The quay is closed.", name="quay"))
    for question in gaps.to_ask_again(GUILD):
        assert gaps.settle(GUILD, question, now(), answered=False) == []
    tried = gaps.to_ask_again(GUILD)
    take_in(library, document("The quay is open.", name="quay"))

    assert tried == []
    assert gaps.to_ask_again(GUILD) == [PICNIC, DUES]
    assert len(listed(gaps)) == 2


def test_of_many_wishes_the_one_longest_not_tried_comes_first(gaps, ask, library, document, take_in):
    for question in (PICNIC, DUES, "Who pays the piper?"):
        gaps.wish(ask(question), "1")
    take_in(library, document("The quay is closed.", name="quay"))
    gaps.settle(GUILD, PICNIC, now(), answered=False)
    take_in(library, document("The quay is open.", name="quay"))

    assert gaps.to_ask_again(GUILD) == [DUES, "Who pays the piper?", PICNIC]


def test_whoever_wishes_to_hear_is_named_once_with_where_they_asked(gaps, ask):
    gaps.wish(ask(PICNIC, ADA), "1")
    gaps.wish(ask(PICNIC, ADA), "1")
    gaps.wish(ask(PICNIC, ADA), "3")
    gaps.wish(ask(PICNIC, Place("2", "11", GUILD, private=True)), "2")
    gaps.wish(ask(DUES), "1")

    heard = gaps.settle(GUILD, PICNIC, now(), answered=True)

    assert heard == [ADA, Place("3", "10", GUILD), Place("2", "11", GUILD, private=True)]
    assert gaps.settle(GUILD, PICNIC, now(), answered=True) == []


def test_who_could_not_be_told_has_the_wish_again(gaps, ask):
    private = Place("2", "11", GUILD, private=True)
    gaps.wish(ask(PICNIC, private), "2")
    for place in gaps.settle(GUILD, PICNIC, now(), answered=True):
        gaps.wish_again(PICNIC, place)

    assert gaps.wished_by("2") == (PICNIC,)
    assert gaps.settle(GUILD, PICNIC, now(), answered=True) == [private]


def test_who_is_forgotten_takes_no_marks_of_others_along(gaps, ask):
    elsewhere = Place("3", "20", "200")
    for place in (ADA, Place("2", "10", GUILD), elsewhere):
        ask(PICNIC, place)
    ask(DUES, ADA)
    ask(DUES, elsewhere)
    for guild in (GUILD, "200"):
        for gap in gaps.open(guild):
            gaps.dismiss(guild, gap.key)

    gaps.forget(ADA.person)

    assert [gap.question for gap in gaps.open(GUILD)] == [DUES]
    assert gaps.open("200") == []


def test_what_can_be_answered_is_no_gap_until_it_is_asked_in_vain_again(gaps, ask):
    ask("Where do I pay my dues?")
    ask("where can i pay dues")
    gaps.settle(GUILD, "where can i pay dues", now(), answered=True)
    closed = listed(gaps)
    ask("Where do I pay my dues?")

    assert closed == []
    assert listed(gaps) == [("Where do I pay my dues?", 1)]


def test_an_answer_that_was_not_helpful_stays_open_though_there_is_one(gaps, memory, answered):
    memory.judge(answered(DUES), "1", "unhelpful")
    gaps.settle(GUILD, DUES, now(), answered=True)

    assert listed(gaps) == [(DUES, 1)]


def test_in_a_direct_message_one_can_wish_too(gaps, ask, library, document, take_in):
    place = Place("1", "77", None)
    gaps.wish(ask(PICNIC, place), "1")
    take_in(library, document("The picnic is on 14 June.", name="picnic"))

    assert gaps.guilds() == [None]
    assert gaps.to_ask_again(None) == [PICNIC]
    assert gaps.settle(None, PICNIC, now(), answered=True) == [place]


@pytest.mark.parametrize("replaced", [True, False])
def test_a_gap_stays_open_when_what_came_nearest_is_replaced_or_removed(
    gaps, memory, library, document, take_in, settings, replaced
):
    take_in(library, document("The summer picnic of 2025 was in the harbour.", "Picnics", name="picnic"))
    abstention = build_answerer(settings, library).answer(PAID, guild=GUILD)
    memory.remember(abstention, ADA)

    if replaced:
        take_in(library, document("The summer picnic of 2025 was called off.", "Picnics", name="picnic"))
    else:
        take_in(library, remove=["starter-picnic"])

    assert "Picnics" in abstention.text
    assert listed(gaps) == [(PAID, 1)]
    assert gaps.to_ask_again(GUILD) == ([PAID] if replaced else [])


def test_a_wish_outlives_the_question_and_what_it_quotes(gaps, memory, library, document, take_in, settings):
    near = document("The picnic was in 2025.", "The picnic", name="picnic")
    take_in(library, near)
    abstention = Answer(PICNIC, "Nothing.", (), 0.1, None, nearest=(near.source,))
    gaps.wish(memory.remember(abstention, ADA), "1")
    take_in(library, document("The picnic is on 14 June 2026.", "The picnic", name="picnic"))
    memory.forget_older(days=-1)

    assert gaps.to_ask_again(GUILD) == [PICNIC]


def test_what_is_not_kept_any_more_cannot_be_wished_for(gaps):
    with pytest.raises(UnknownAnswer):
        gaps.wish("0" * 16, "1")


def test_old_marks_and_very_old_wishes_are_forgotten(gaps, memory, ask):
    gaps.wish(ask(PICNIC), "1")
    gaps.dismiss(GUILD, gaps.open(GUILD)[0].key)
    long_ago = now() - timedelta(days=366)
    with memory._writing.begin() as connection:
        connection.execute(update(answers).values(asked_at=long_ago))
        connection.execute(update(gap_marks).values(marked_at=long_ago))
    gaps.forget_older(days=30)
    kept = gaps.guilds()
    with memory._writing.begin() as connection:
        connection.execute(update(wishes).values(wished_at=long_ago))
        connection.execute(answers.delete())
    gaps.forget_older(days=30)

    assert kept == [GUILD]
    assert gaps.guilds() == []
