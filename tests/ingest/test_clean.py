from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean

SEED = Path(__file__).parents[3] / "shared/seeds/netflix-ai-product-manager-article.txt"

STORY = "The writers went back to work. The actors stayed out until November."

POEM = """\
The picket line is long today,
And long the road to higher pay;
We walk in circles round the gate
And those inside must learn to wait."""


def test_invisible_characters_are_dropped_and_letters_composed():
    assert clean("The\u00a0ac\u00adtors\u200b met\u202e at the cafe\u0301.") == (
        "The actors met at the café."
    )


def test_blank_lines_part_paragraphs():
    assert clean("  One  thing.\r\n \r\n\r\n\r\nAnother. \n") == "One thing.\n\nAnother."


def test_wrapped_lines_are_joined_and_broken_words_mended():
    wrapped = (
        "The writers of the picture walked out in May, and the nego-\n"
        "tiators did not meet again until the end of the summer, when\n"
        "both sides were tired.\n"
    )

    assert clean(wrapped) == (
        "The writers of the picture walked out in May, and the negotiators did not meet again"
        " until the end of the summer, when both sides were tired."
    )


@pytest.mark.parametrize("number", ["thirty-two", "Twenty-first", "self-employed"])
def test_a_word_with_a_hyphen_keeps_it_where_a_line_is_broken_there(number):
    before, after = number.split("-")
    wrapped = (
        f"The writers of the picture walked out in May with {before}-\n{after} others, who were tired of it."
    )

    assert f" {number} others" in clean(wrapped)


@pytest.mark.parametrize(
    "line",
    [
        "Skip to main content",
        "Home | News | Strikes | Contact",
        "We use cookies to improve your visit. Accept or leave.",
        "Sign up for our weekly newsletter",
        "Share this article",
        "Read more",
        "Recommended from OtherSite",
        "Become a famous painter in 5 clicks / Tips Oil Paint / Create Frames",
        "Advertisement",
        "© 2023 The Gazette. All rights reserved.",
    ],
)
def test_what_a_site_puts_around_its_text_is_left_out(line):
    assert clean(f"{line}\n\n{STORY}\n\n{line}") == STORY


def test_trailing_tags_are_left_out():
    assert clean(f"{STORY}\n\nHollywood\nLabor Unions\nFilm\nRead more") == STORY


def test_an_avatar_leaves_its_author_behind():
    assert clean(f"avatarJane Doe\n\n{STORY}") == f"Jane Doe\n\n{STORY}"


@pytest.mark.parametrize(
    "text",
    [
        "Read more",
        "Avatar: The Way of Water",
        f"{STORY}\n\nStudios:\nAcme\nBig Films\nCrown",
        f"{STORY}\n\nWho signed\n\nAcme\nBig Films\nCrown",
        f"{STORY}\n\nWhat they won\n\n• Pay rises.\n• Rooms grow.\n\n{STORY}",
        "Acme\nBig Films\nCrown Pictures",
        f"{STORY}\n\nDuncan Crabtree-Ireland\nCarol Lombardini\nFran Drescher",
        f"{STORY}\n\nWriter 5,000\nStory Editor 6,000\nShowrunner 9,000",
        "Share of the profits\n\nIt was cut.",
        "News | 45%\nFilm | 55%\n\nThat is how they voted.",
        POEM,
    ],
)
def test_content_stays(text):
    assert clean(text) == text


@given(st.text())
def test_a_text_with_a_sentence_never_comes_out_empty(text):
    assert clean(f"{text}\nShare this.") != ""


def test_the_seed_article_keeps_its_author_and_loses_its_trimmings():
    if not SEED.exists():
        pytest.skip(f"{SEED} is its author's, and not part of the project")

    lines = clean(SEED.read_text(encoding="utf-8")).splitlines()

    assert lines[0] == "Didier Hope"
    assert "Opinions" in lines
    assert lines[-1].endswith(".")
    assert not any("clicks" in line or "Recommended" in line for line in lines)
