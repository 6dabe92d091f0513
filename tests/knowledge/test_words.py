import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from knowledge import words


@pytest.fixture
def connection():
    with create_engine("sqlite://").begin() as connection:
        yield connection


def index(connection, scope="starter", **texts):
    """Index texts under the numbers in their names: `n1="..."`."""
    words.add(connection, scope, [(int(name[1:]), "", text) for name, text in texts.items()])


def test_words_are_lower_case_and_without_marks():
    assert words.words("SAG-AFTRA's 118 days!") == ["sag", "aftra", "s", "118", "days"]


def test_terms_are_a_questions_telling_words_once_each():
    assert words.terms("How long did the strike, the STRIKE, last?") == ["long", "strike", "last"]


def test_a_question_of_small_words_has_nothing_to_look_up():
    assert words.terms("Who is who?") == []


@pytest.mark.parametrize("said", ["thanks!", "ok thx", "hi, who are you?"])
def test_thanks_and_greetings_have_no_term(said):
    assert words.terms(said) == []


@pytest.mark.parametrize(("one", "other"), [("strike", "strikes"), ("negotiated", "negotiating")])
def test_forms_of_a_word_have_one_stem(one, other):
    assert words.stems(one) == words.stems(other)


def test_the_passage_that_shares_more_is_found_first(connection):
    index(
        connection,
        n1="Pay rose.",
        n2="The long strike ended.",
        n3="The strike of the writers was long.",
    )

    assert words.search(connection, "starter", ["writers", "strike"], 5) == [3, 2]


def test_a_word_is_found_in_another_form_and_without_its_accents(connection):
    index(connection, n1="Le café négociait.", n2="They were negotiating.")

    assert words.search(connection, "starter", ["cafe"], 5) == [1]
    assert words.search(connection, "starter", ["negotiated"], 5) == [2]


def test_no_more_are_found_than_wanted(connection):
    index(connection, **{f"n{n}": "strike" for n in range(1, 9)})

    assert len(words.search(connection, "starter", ["strike"], 3)) == 3


def test_what_is_taken_out_is_found_no_more(connection):
    index(connection, n1="The strike.", n2="A strike.")

    words.remove(connection, "starter", [1])
    words.compact(connection, "starter")

    assert words.search(connection, "starter", ["strike"], 5) == [2]
    assert words.indexed(connection, "starter") == {2}


def test_a_scope_without_an_index_holds_nothing(connection):
    assert words.search(connection, "guild-1", ["strike"], 5) == []
    assert words.counts(connection, "guild-1", ["strike"]) == {"strike": 0}
    assert words.indexed(connection, "guild-1") == set()
    words.drop(connection, "guild-1")
    words.compact(connection, "guild-1")


@given(question=st.text())
def test_no_question_is_too_odd_to_be_looked_up(question):
    with create_engine("sqlite://").begin() as connection:
        index(connection, n1="AND OR NOT NEAR the strike")

        terms = words.terms(question)

        assert words.search(connection, "starter", terms, 5) in ([], [1])
        assert set(words.counts(connection, "starter", terms).values()) <= {0, 1}


def test_a_rare_term_tells_more_than_a_common_one():
    rarity = words.Rarity(100, {"strike": 90, "zyzzyva": 1})

    assert rarity.coverage("a zyzzyva") > rarity.coverage("a strike") > rarity.coverage("neither") == 0
    assert rarity.coverage("strikes of zyzzyva") == pytest.approx(1)


def test_bm25_prefers_the_text_that_says_it_more_often_in_fewer_words():
    rarity = words.Rarity(100, {"strike": 10})

    often, once, long, never = rarity.bm25(
        ["strike strike pay", "strike pay room", "strike " + "pay " * 20, "pay"]
    )

    assert often > once > long > never == 0


def test_without_terms_or_texts_there_is_nothing_to_score():
    assert words.Rarity(0, {}).coverage("anything") == 0
    assert words.Rarity(0, {"strike": 0}).bm25([]) == []


@pytest.mark.parametrize(
    ("line", "named", "exchanged"),
    [
        ("how long was the actors strike", "and the writers?", "how long was the writers strike"),
        ("did SAG-AFTRA's members ratify it", "and the dga?", "did dga members ratify it"),
        ("how long was the actors strike", "and the vote?", "how long was the actors strike"),
        ("how long was the actors strike", "and sag?", "how long was the actors strike"),
        ("did the actors support the writers", "and the directors?", "did the actors support the writers"),
        ("how much did writers get", "writers and directors?", "how much did writers get"),
    ],
)
def test_the_union_that_is_named_takes_the_place_of_the_one_that_was(line, named, exchanged):
    assert words.with_union_of(named, line) == exchanged


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whyd it take 3 yrs", "why did it take 3 years"),
        ("when does ab2602 kick in", "when does AB 2602 kick in"),
        ("does AB 2602 hold", "does AB 2602 hold"),
        ("what does HBO Max owe w/o a max fee", "what does HBO Max owe without a maximum fee"),
        ("is HR 7209 about a 24 hr shoot", "is HR 7209 about a 24 hour shoot"),
        ("did George W. Bush go w him", "did George W. Bush go with him"),
        ("they couldn't film in Oct", "they could not film in October"),
        ("the writers' deal, what's in it", "the writers' deal, what's in it"),
    ],
)
def test_shorthand_is_written_out_and_all_else_stays(typed, meant):
    assert words.spelled_out(typed) == meant
