from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from knowledge.sentences import is_heading, with_title

TITLE = "What they won"


def words(text):
    """Counts like an encoder: a token a word, and two special ones."""
    return len(text.split()) + 2


def letters(text):
    """Counts like a bad encoder, for which two texts together have more tokens than apart."""
    return len(text) + text.count(" ") * text.count("e")


def story(sentences):
    return " ".join(f"Fact {n} is one of many." for n in range(sentences))


def test_a_short_text_is_one_passage():
    assert chunk("Pay rose.", TITLE, words) == ["Pay rose."]


def test_what_the_encoder_does_not_count_makes_no_passage_without_end():
    passages = chunk("\n".join(["\u0301"] * 1_000), TITLE, lambda text: words(text.replace("\u0301", "")))

    assert max(len(passage.splitlines()) for passage in passages) <= 200
    assert sum(passage.count("\u0301") for passage in passages) >= 1_000


def test_nothing_makes_no_passage():
    assert chunk(" \n ", TITLE, words) == []


def test_passages_hold_whole_sentences_up_to_the_target():
    passages = chunk(story(9), TITLE, words, target=18, overlap=0)

    assert passages[0] == "Fact 0 is one of many. Fact 1 is one of many. Fact 2 is one of many."
    assert len(passages) == 3


def test_a_passage_starts_with_the_last_sentence_of_the_one_before():
    _, second, *_ = chunk(story(9), TITLE, words, target=18)

    assert second.startswith("Fact 2 is one of many. Fact 3")


def test_paragraphs_stay_on_lines_of_their_own():
    assert chunk("Pay rose.\n\nRooms grew. So did hope.", TITLE, words) == [
        "Pay rose.\nRooms grew. So did hope."
    ]


def test_a_passage_that_goes_on_from_the_one_before_stands_under_the_same_heading():
    first, second, *_ = chunk(f"For all.\nRooms\n\n{story(9)}", TITLE, words, target=24)

    assert first.startswith("For all.\nRooms\nFact 0")
    assert second.startswith("Rooms\nFact")


def test_the_title_at_the_top_of_a_document_is_not_repeated():
    _, second, *_ = chunk(f"{TITLE}\n\n{story(9)}", TITLE, words, target=24)

    assert second.startswith("Fact")


def test_a_heading_that_does_not_fit_is_not_repeated():
    days, nights = f"{'day ' * 17}day.", f"{'night ' * 17}night."

    passages = chunk(f"{'Rooms ' * 9}\n\n{days} {nights}", TITLE, words, limit=24)

    assert passages[1:] == [days, nights]


def test_what_is_under_a_heading_is_never_the_passage_before_once_more():
    items = "\n".join(f"{n} {'day ' * 9}." for n in range(3))

    passages = chunk(f"For all.\nRooms\n{items}", TITLE, words, target=14, limit=24)

    assert [passage.split()[:2] for passage in passages[1:]] == [["Rooms", "1"], ["Rooms", "2"]]


def test_of_a_list_without_bullets_the_first_line_is_repeated():
    text = f"For all.\nRooms\nNorth\nSouth\nWest\n{story(9)}"

    _, second, *_ = chunk(text, TITLE, words, target=24)

    assert second.startswith("Rooms\nFact")


def test_the_end_of_an_item_does_not_pass_for_a_heading():
    refused = "• It is one of many. It applies to all crew\n• Free parking on both days of it"
    text = f"For all.\nWhat we refused\n{refused}"

    *_, second = chunk(text, TITLE, words, target=18)

    assert second == "What we refused\n• Free parking on both days of it"


def test_a_heading_stays_with_the_text_below_it():
    text = f"{story(3)}\n\nRooms\n\nRooms grew to six writers or more."

    first, second = chunk(text, TITLE, words, target=19, overlap=0)

    assert first.endswith("many.")
    assert second == "Rooms\nRooms grew to six writers or more."


def test_a_sentence_too_long_is_split_between_words():
    endless = " ".join(f"word{n}" for n in range(1000))

    passages = chunk(endless, TITLE, words, overlap=0)

    assert " ".join(passages) == endless
    assert all(words(with_title(TITLE, passage)) <= 256 for passage in passages)


def test_a_word_too_long_is_split_between_letters():
    passages = chunk("x" * 5000, TITLE, len, overlap=0)

    assert "".join(passages) == "x" * 5000
    assert all(len(with_title(TITLE, passage)) <= 256 for passage in passages)


@pytest.mark.parametrize("text", ["x" * 1_000_000, f"{'x' * 5_000} " * 200], ids=["one word", "many"])
def test_words_that_count_as_one_token_however_long_make_no_passage_without_end(text):
    passages = chunk(text, TITLE, words, overlap=0)

    assert max(map(len, passages)) <= 20 * 256
    assert "".join("".join(passages).split()) == "".join(text.split())


def test_what_cannot_fit_is_not_counted():
    """The tokenizer holds up all other threads while it counts."""
    counted = []
    text = "Rooms\n" * 10_000 + "x" * 10_000 + "\nPay rose."

    chunk(text, TITLE, lambda passage: counted.append(len(passage)) or words(passage))

    assert max(counted) <= 21 * 256


def test_a_very_long_title_leaves_room():
    title = "strike " * 1000

    passages = chunk(story(50), title, len)

    assert all(len(with_title(title, passage)) <= 256 for passage in passages)


texts = st.lists(
    st.sampled_from(["Pay rose.", "Rooms", "one two three", "• item", "\n", "\n\n", "a" * 40, "Ünï?"])
).map(" ".join)


@given(texts, st.sampled_from([words, len, letters]), st.integers(20, 200), st.integers(0, 3))
def test_no_passage_is_over_the_limit(text, count, target, overlap):
    passages = chunk(text, TITLE, count, target=target, overlap=overlap, limit=200)

    assert all(count(with_title(TITLE, passage)) <= 200 for passage in passages)


@given(texts, st.integers(20, 200), st.integers(0, 3))
def test_no_word_is_lost_or_out_of_order(text, target, overlap):
    passages = chunk(text, TITLE, words, target=target, overlap=overlap)

    found = iter(" ".join(passages).split())
    assert all(word in found for word in text.split())
    if overlap == 0:
        told = Counter(" ".join(passages).split()) - Counter(text.split())
        assert told.keys() <= {
            word for line in text.splitlines() if is_heading(line) for word in line.split()
        }


def test_each_sentence_is_counted_once_and_each_passage_once():
    counted = []

    def count(text):
        counted.append(text)
        return words(text)

    passages = chunk(story(500), TITLE, count)

    assert len(counted) == 1 + 500 + len(passages)
