import pytest

from knowledge.question import ANSWERS, understand


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how long was the strike", "duration"),
        ("What percentage voted yes?", "number"),
        ("when does the deal run out", "date"),
        ("who leads the guild", "person"),
        ("why did they walk out", "reason"),
        ("what is a digital replica", "definition"),
        ("can they scan me", "permission"),
        ("do i have to say yes", "permission"),
        ("Must I be told when AI is used?", "permission"),
        ("can an actor who refuses a scan be fired", "permission"),
        ("can i be scanned without 100% consent", "permission"),
        ("can you tell me when it ended", "date"),
        ("do you know who leads the guild", "person"),
        ("is the strike over, when did it end", "date"),
        ("ok then", None),
    ],
)
def test_a_question_tells_what_kind_of_answer_it_wants(text, kind):
    assert understand(text).kind == kind


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("who is greg hessinger", "what is greg hessinger known for"),
        ("Who was Eline Van der Velden?", "what is Eline Van der Velden known for"),
        ("whos ted sarandos", "what is ted sarandos known for"),
        ("who is James Cameron", "what is James Cameron known for"),
    ],
)
def test_who_somebody_is_asks_what_that_one_is_known_for(asked, read):
    assert understand(asked).text == read


@pytest.mark.parametrize(
    "asked",
    [
        "who is suing midjourney",
        "who is sag president",
        "who is most affected",
        "who is our secretary",
        "who's behind Tilly Norwood?",
        "who is Callum's mentor",
        "who is junipers keeper",
    ],
)
def test_who_does_or_holds_something_is_asked_as_it_is(asked):
    assert understand(asked).text == asked


@pytest.mark.parametrize(
    "sentence",
    [
        "Sean Astin is the president.",
        "The vote made Sean Astin president.",
        "In 2025 Ludwig van Beethoven won.",
    ],
)
def test_a_person_is_found_wherever_in_a_sentence_the_name_stands(sentence):
    assert ANSWERS["person"].search(sentence)


@pytest.mark.parametrize("sentence", ["The Writers walked out.", "In May they met.", "nobody was named"])
def test_the_first_words_of_a_sentence_are_no_name(sentence):
    assert not ANSWERS["person"].search(sentence)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("what did they win in '23", {"2023"}),
        ("who said yes to the 23 deal", {"2023"}),
        ("what % voted for the 23 sag-aftra contract", {"2023"}),
        ("was the 23 writers’ strike long", {"2023"}),
        ("is a 24 hour strike legal", set()),
        ("the fall of 23", {"2023"}),
        ("how deep in the red going into 26", {"2026"}),
        ("do i get it in 24 hours", set()),
        ("what happened on sept 24", set()),
        ("what happened September 24, 2023", {"2023"}),
        ("did it end sept 27", set()),
        ("what was signed in nov 23", {"2023"}),
        ("who voted in 25 states", set()),
        ("what may happen in 24-hour shoots", set()),
        ("raises of 26% or 25 days", set()),
    ],
)
def test_a_year_may_be_written_short(text, years):
    assert understand(text).years == years


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Why did the writers strike? Does their contract allow AI scripts?", "permission"),
        ("When did the strike end? And the writers?", "date"),
        ("Who led the strike? How long was it?", "duration"),
    ],
)
def test_of_several_sentences_the_last_that_asks_something_counts(text, kind):
    assert understand(text).kind == kind


def test_what_is_asked_before_does_not_make_a_question_look_back():
    assert not understand("Why did the writers strike? Does their contract allow AI scripts?").looks_back


def test_a_short_year_is_read_in_full():
    assert understand("how long was the strike in 23?").text == "how long was the strike in 2023?"


@pytest.mark.parametrize("text", ["who is president rn", "the current rate", "what holds now"])
def test_a_question_may_mean_now(text):
    assert understand(text).means_now


@pytest.mark.parametrize(
    "question",
    [
        "who leads sag-aftra?",
        "Who's in charge of the WGA now",
        "who ran the actors union in 2023",
        "who heads up wga EAST rn",
        "who is the boss of the amptp",
        "whos in charge of sag aftra rn",
        "who's the head of the wga right now?",
    ],
)
def test_who_leads_a_union_asks_for_its_president(question):
    assert understand(question).text.endswith(" as president")


@pytest.mark.parametrize(
    "question",
    [
        "who led the writers strike",
        "who leads the sag talks",
        "who runs the bar",
        "who led the actors in the march",
    ],
)
def test_who_leads_anything_else_does_not(question):
    assert not understand(question).text.endswith(" as president")


@pytest.mark.parametrize(
    "question",
    [
        "is the strike over?",
        "so are the crews still on strike",
        "has the dockers' walkout ended yet?",
        "isn't the boycott still going",
        "was the lockout called off",
    ],
)
def test_whether_a_dispute_is_over_asks_when_it_ended(question):
    asked = understand(question)

    assert asked.text.endswith("; when did it end")
    assert asked.kind == "date"


@pytest.mark.parametrize(
    "question",
    [
        "when is the strike over?",
        "did the strike cost a lot, all over the state?",
        "did the show go on in the end of the strike",
        "was the ban lifted once the boycott was over",
        "is the office open",
    ],
)
def test_what_asks_something_else_of_a_dispute_is_left_as_it_is(question):
    assert "did it end" not in understand(question).text


@pytest.mark.parametrize(
    "asked",
    [
        "what did the guild do about fees",
        "what did members have to pay for parking",
        "how much notice did they have to give",
        "what was agreed on 2 May",
        "who was chair when Will resigned",
        "is the fee higher than before",
    ],
)
def test_what_is_asked_of_the_past_looks_back(asked):
    assert understand(asked).looks_back


@pytest.mark.parametrize(
    "asked", ["i did one season, do they have to take me back", "we were two, so can we bring a third guest"]
)
def test_what_is_told_of_the_past_does_not(asked):
    assert not understand(asked).looks_back
