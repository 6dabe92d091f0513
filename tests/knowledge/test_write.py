"""What is quoted, and in what order: evidence made by hand."""

from dataclasses import replace

import pytest

from knowledge.types import STARTER, Evidence, Found, Passage, Provenance, Sentence, Source
from knowledge.write import quoting_writer


def evidence(*told):
    """Of (text, answer, publisher, published, details) each: a passage of one sentence, best first."""
    found, sentences = [], []
    for n, (text, answer, publisher, published, details) in enumerate(told, start=1):
        source = Source(str(n), STARTER, "fact", Provenance("Pay", publisher, None, published), details)
        found.append(Found(Passage(f"{n}:1", str(n), 0, text), source, score=1.0, cosine=0.5, bm25=1.0))
        sentences.append(Sentence(n, 0, text, score=2.0 - n / 100, reading=3.0, answer=answer))
    return Evidence("how long did it last", tuple(found), tuple(sentences), 1.0)


def quoted(*told):
    return quoting_writer().invoke(evidence(*told))


LASTED = "The harbour strike of 2025 lasted 31 days."


def test_the_answer_alone_comes_first_where_the_fact_has_it_and_the_reader_reads_it():
    details = {"short_answer": "31 days"}

    assert quoted((LASTED, "31 days", "Herald", None, details)) == f"31 days. [1] {LASTED} [1]"


def test_what_two_passages_say_in_the_same_words_is_quoted_once():
    once, again = (LASTED, "31 days", "Herald", None, {}), (LASTED, "31 days", "Herald", None, {})

    assert quoted(once, again) == f"{LASTED} [1]"


@pytest.mark.parametrize(
    ("short", "read"),
    [
        ("31 days", "The harbour strike of 2025"),
        ("about a month", "31 days"),
        ("The harbour strike", "The harbour strike"),
        ("", "31 days"),
    ],
)
def test_a_short_answer_to_something_else_is_left_out(short, read):
    assert quoted((LASTED, read, "Herald", None, {"short_answer": short})) == f"{LASTED} [1]"


def test_no_short_answer_stands_first_where_another_passage_is_about_as_good():
    rival = ("The mill strike of 2024 lasted 9 days.", "9 days", "Post", None, {})

    text = quoted((LASTED, "31 days", "Herald", None, {"short_answer": "31 days"}), rival)

    assert text.startswith(LASTED)


def test_a_passage_in_which_the_reader_reads_the_same_is_no_rival_of_a_short_answer():
    again = ("After 31 days the harbour opened.", "31 days", "Post", None, {})

    text = quoted((LASTED, "31 days", "Herald", None, {"short_answer": "31 days"}), again)

    assert text.startswith(f"31 days. [1] {LASTED} [1]")


ABOUT = "The harbour strike of 2025 was led by Ada Lund."


def clear(question, reading=3.0):
    """Two passages, the first of which is far ahead."""
    both = evidence((LASTED, "31 days", "Herald", None, {}), (ABOUT, "Ada Lund", "Post", None, {}))
    ahead = replace(both.sentences[0], score=2.5, reading=reading)
    return replace(both, question=question, sentences=(ahead, both.sentences[1]))


def test_where_one_sentence_answers_clearly_nothing_else_is_quoted():
    assert quoting_writer().invoke(clear("how long did it last")) == f"{LASTED} [1]"


@pytest.mark.parametrize(
    ("question", "reading"), [("how long did it last and who led", 3.0), ("how long", -1.0)]
)
def test_where_more_is_asked_or_the_reader_is_not_sure_further_passages_are_quoted(question, reading):
    assert quoting_writer().invoke(clear(question, reading)) == f"{LASTED} [1] {ABOUT} [2]"


@pytest.mark.parametrize(
    ("question", "reading", "sentences"),
    [
        ("how long was the strike", -9.0, 1),
        ("how long was the strike", -7.0, 2),
        ("how long was the strike and why", -9.0, 2),
    ],
)
def test_what_the_reader_sees_no_answer_in_is_not_quoted_beside_one_that_it_does(
    question, reading, sentences
):
    both = clear(question)
    first, second = both.sentences
    near = replace(second, score=first.score - 0.1, reading=reading)

    text = quoting_writer().invoke(replace(both, sentences=(first, near)))

    assert text.count("[") == sentences


def test_sources_that_differ_stand_side_by_side_with_who_says_so_and_when():
    longer = "The Dockers' Union says the harbour strike of 2025 lasted 33 days."

    text = quoted(
        (LASTED, "31 days", "Herald", "2025-06-02", {}),
        (longer, "33 days", "Dockers' Union", "2025-07-01", {}),
    )

    assert text == (
        f"Sources differ. Herald (2025-06-02): {LASTED} [1] "
        f"Dockers' Union (2025-07-01, later, primary source): {longer} [2]"
    )


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ("The harbour strike of 2019 lasted 12 days.", "12 days"),
        ("The harbour strike of 2025 lasted 31 days, one to the day after the vote.", "31 days"),
        ("The Baltic harbour strike of 2025 lasted 12 days in Gdansk.", "12 days"),
        ("In 2025 some 900 people were out in the port.", "900 people"),
    ],
)
def test_what_tells_of_another_time_place_or_thing_is_no_disagreement(other, answer):
    text = quoted(
        ("The harbour strike of 2025 lasted 31 days in Lund.", "31 days", "Herald", "2025", {}),
        (other, answer, "Post", "2025", {}),
    )

    assert not text.startswith("Sources differ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("The 2025 harbour strike began at noon on 2 May 2025.", "2 May 2025"),
            ("The 2025 harbour strike was over at noon on 2 June 2025.", "2 June 2025"),
        ),
        (
            ("The dockers and the port agreed on 4 May 2025.", "4 May 2025"),
            ("The dockers and the port agreed on 9 April 2021.", "9 April 2021"),
        ),
        (
            ("The dockers ratified the port agreement with 91% in May.", "91%"),
            ("The dockers ratified the port agreement on 9 May 2025.", "9 May 2025"),
        ),
    ],
)
def test_two_events_or_an_event_and_a_number_are_no_disagreement(one, other):
    text = quoted((*one, "Herald", "2025-06-02", {}), (*other, "Post", "2025-07-01", {}))

    assert not text.startswith("Sources differ")


def test_two_days_for_one_event_are_a_disagreement():
    text = quoted(
        ("The harbour strike of 2025 began on 2 May 2025.", "2 May 2025", "Herald", "2025-06-02", {}),
        ("The harbour strike of 2025 began on 4 May 2025.", "4 May 2025", "Post", "2025-07-01", {}),
    )

    assert text.startswith("Sources differ. ")


@pytest.mark.parametrize(
    ("headings", "differ"), [(("Night shift", "Day shift"), False), (("Pay", "Pay of all"), True)]
)
def test_what_headings_part_is_no_disagreement(headings, differ):
    told = ("The rate at the mill is £19 an hour.", "£19"), ("The rate at the mill is £15 an hour.", "£15")
    both = evidence((*told[0], "Herald", "2025-06-02", {}), (*told[1], "Post", "2025-07-01", {}))
    headed = [replace(one, heading=above) for one, above in zip(both.sentences, headings, strict=True)]

    text = quoting_writer().invoke(replace(both, sentences=tuple(headed)))

    assert text.startswith("Sources differ") is differ


def test_a_mark_in_a_publishers_name_or_a_short_answer_does_not_pass_for_one_of_ours():
    longer = "The harbour strike of 2025 lasted 33 days."
    rival = (longer, "33 days", "Post [1]", "2025-07-01", {})

    differ = quoted((LASTED, "31 days", "Herald [2]", "2025-06-02", {}), rival)
    short = quoted((LASTED, "31 days", "Herald", None, {"short_answer": "31 days [31]"}))

    assert differ.startswith("Sources differ. Herald (2025-06-02): ")
    assert "Post (2025-07-01, later): " in differ
    assert short == f"31 days. [1] {LASTED} [1]"


def with_a_second_sentence(second, answer, score):
    """Of two facts, the second has a further sentence."""
    told = evidence(
        (
            "The mill strike began on 4 May; the walkout was announced the day before.",
            "4 May",
            "Post",
            "2024",
            {},
        ),
        ("The Harbour Guild called its people out in June.", "June", "Herald", "2025", {}),
    )
    sentence = Sentence(2, 1, second, score, reading=3.0, answer=answer)
    best_first = sorted((sentence, *told.sentences), key=lambda one: -one.score)
    return Evidence(told.question, told.found, tuple(best_first), told.coverage)


def test_a_further_sentence_of_a_fact_comes_with_the_one_before_it():
    told = with_a_second_sentence("Simply watching was allowed.", "allowed", score=3.0)

    assert quoting_writer().invoke(told) == (
        "The Harbour Guild called its people out in June. [2] Simply watching was allowed. [2]"
    )


def test_a_sentence_that_leans_on_another_is_no_account_of_its_own():
    told = with_a_second_sentence(
        "The walkout had been announced the day before, on 1 June.", "1 June", score=1.985
    )

    assert not quoting_writer().invoke(told).startswith("Sources differ")


def test_one_publisher_on_one_day_does_not_contradict_itself():
    longer = "The harbour strike of 2025 lasted 33 days."

    text = quoted(
        (LASTED, "31 days", "Herald", "2025-06-02", {}), (longer, "33 days", "Herald", "2025-06-02", {})
    )

    assert not text.startswith("Sources differ")


def test_the_row_that_answers_stands_before_the_rows_above_it():
    told = evidence(("Crew | 17", "17", "Club", None, {}))
    driver = replace(told.sentences[0], text="Driver | 18", position=1, score=3.0, answer="18")

    assert quoting_writer().invoke(replace(told, sentences=(driver, *told.sentences))) == (
        "Driver | 18 [1] Crew | 17 [1]"
    )


def under(headings, *texts, title="Pay"):
    """Passage 1 with these sentences, each below its heading."""
    one = evidence((" ".join(texts), "", "Post", None, {}))
    found = replace(one.found[0], source=replace(one.found[0].source, provenance=Provenance(title)))
    sentences = tuple(
        Sentence(1, at, text, score=2.0, reading=3.0, answer="", heading=heading)
        for at, (heading, text) in enumerate(zip(headings, texts, strict=True))
    )
    return replace(one, found=(found,), sentences=sentences)


def test_a_sentence_is_quoted_with_its_heading_as_that_may_turn_what_it_says():
    refused = under(["What we did not get"], "Free parking at the mill and a seat on the board.")

    assert quoting_writer().invoke(refused) == (
        "What we did not get: Free parking at the mill and a seat on the board. [1]"
    )


def test_a_heading_is_quoted_once_for_all_below_it_and_items_lose_their_bullets():
    listed = under(["Refused:", "Refused:", "Agreed"], "• Pay.", "• A canteen.", "Two days off.")

    assert quoting_writer().invoke(listed) == "Refused: Pay. [1] A canteen. [1]\nAgreed: Two days off. [1]"


def test_what_stands_below_no_heading_does_not_seem_to():
    both = under(["Refused", ""], "Free parking.", "A canteen in every mill.")

    assert quoting_writer().invoke(both) == "Refused: Free parking. [1]\nA canteen in every mill. [1]"


def test_the_same_words_below_another_heading_are_another_sentence():
    both = under(["Dogs", "Cats"], "Free.", "Free.")

    assert quoting_writer().invoke(both) == "Dogs: Free. [1]\nCats: Free. [1]"


def test_a_question_that_heads_its_answer_keeps_its_mark():
    assert quoting_writer().invoke(under(["Dogs?"], "On a lead.")) == "Dogs? On a lead. [1]"


@pytest.mark.parametrize("heading", ["", "Pay from 2026", "Of what the board has told us of the mill " * 2])
def test_what_tells_no_more_than_the_title_or_heads_nothing_is_not_quoted(heading):
    text = quoting_writer().invoke(under([heading], "It is £9 an hour.", title="Pay from 2026 on"))

    assert text == "It is £9 an hour. [1]"
