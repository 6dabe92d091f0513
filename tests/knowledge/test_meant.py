import pytest

from knowledge.meant import year_meant
from knowledge.question import understand


@pytest.mark.parametrize(
    "question",
    [
        "why did the writers strike",
        "when did the actors' strike end?",
        "are the actors still on strike",
        "who ran sag during the strike",
    ],
)
def test_a_strike_that_is_called_by_a_name_is_of_its_year(question):
    assert year_meant(question) == "2023"


@pytest.mark.parametrize(
    "question",
    [
        "when did the strike end",  # nobody's name
        "how long was the video game strike",  # in two years
        "what was the longest writers' strike ever",
        "how many writers' strikes were there",
        "did reagan ever run sag in a strike",
        "when does the writers' contract end",
        "will the writers strike again?",
        "could the wga go on strike next year",
        "why did actors strike in the 60s",
        "how long was the 88 writers strike",
        "have UK actors voted to strike over AI",
    ],
)
def test_no_year_is_meant_where_it_may_be_another(question):
    assert year_meant(question) is None


def test_the_longest_name_counts():
    assert year_meant("when did the wga strike end") == "2023"
    assert year_meant("when did the wga staff strike end") == "2026"


def test_a_year_that_is_named_is_left_as_it_is():
    assert understand("why did the writers strike in 1988").years == {"1988"}


def test_a_question_is_read_with_the_year_that_it_means():
    read = understand("Why did the writers strike?")

    assert read.text == "Why did the writers strike in 2023"
    assert read.years == {"2023"}


def test_who_holds_an_office_after_a_question_about_a_strike_is_asked_of_now():
    assert not understand("When did the actors' strike end? Who is their president?").years
    assert understand("When did the actors' strike end? And how long was it?").years == {"2023"}
