from datetime import date, timedelta

import pytest

from ingest.dateline import dateline
from ingest.load import load_bytes


@pytest.mark.parametrize(
    ("line", "publisher", "published"),
    [
        ("Published by the Harbour Guild, 12 March 2026.", "Harbour Guild", "2026-03-12"),
        ("Published by Local 7, March 12, 2026", "Local 7", "2026-03-12"),
        ("Issued on 2026-03-12", None, "2026-03-12"),
        ("Signed 14 March 2022, in force 1 April 2022 to 31 March 2026.", None, "2022-03-14"),
        ("Last updated: Sept. 2025", None, "2025-09"),
        ("Published by the Library Board.", "Library Board", None),
        ("Date: 3rd of May 2026", None, "2026-05-03"),
        ("Revised May 2026", None, "2026-05"),
        ("Version 3, 12 May 2026", None, "2026-05-12"),
        ("Version 2.1 (2 March 2026)", None, "2026-03-02"),
        ("Effective March 1, 2026", None, "2026-03-01"),
        ("Valid from 1 March 2026 until 28 February 2027", None, "2026-03-01"),
        ("In force from 1 March 2026", None, "2026-03-01"),
        ("Sent: Thursday, 5 Feb 2026 10:12", None, "2026-02-05"),
        ("Saturday 12 May 2026", None, "2026-05-12"),
        ("(May 2026)", None, "2026-05"),
        ("13/02/2026", None, "2026-02-13"),
        ("Published 13/2/2026", None, "2026-02-13"),
        ("Published 2/13/2026", None, "2026-02-13"),
        ("Published 3/3/2026", None, "2026-03-03"),
        ("Published 1.3.2026", None, "2026-03-01"),
    ],
)
def test_a_text_says_at_its_head_who_brought_it_out_and_when(line, publisher, published):
    told = dateline(f"Wage agreement\n\n{line}\n\nDeckhands are paid well.")

    assert (told.get("publisher"), told.get("published")) == (publisher, published)


@pytest.mark.parametrize(
    "text",
    [
        "The strike began on 2 May 2023.",
        "Wages\n\nThe agreement was signed on 2 May 2023.",
        "Published " + "and so on " * 40 + "2 May 2023",
        "\n".join(["A line."] * 9 + ["Published 2 May 2023"]),
        "Signed in 2023, or perhaps later.",
        "Valid until 31 March 2023",
        "Sent parcels on 2 May 2023 come back.",
        "Meetings\n\n12 May 2023\n\n9 June 2023",
        "Meetings\n\n• 12 May 2023",
        "3 May 2023: the hall is closed.",
        "",
    ],
)
def test_prose_is_no_dateline(text):
    assert dateline(text) == {}


@pytest.mark.parametrize("day", ["3/4/2026", "04/03/2026", "13/14/2026"])
def test_figures_that_are_two_days_or_none_are_no_date(day):
    assert dateline(f"Wages\n\nPublished {day}\n\nDeckhands are paid well.") == {}


def test_what_is_yet_to_be_is_no_date_of_publication():
    next_week = date.today() + timedelta(days=7)  # noqa: DTZ011 - of any place

    assert dateline(f"Summer party\n\nDate: {next_week:%d %B %Y}\n\nPosted 2 May 2023") == {
        "published": "2023-05-02"
    }


def test_a_line_that_says_what_its_date_is_comes_before_a_bare_date():
    assert dateline("Summer party\n\n18 July 2024\n\nPosted 2 May 2024")["published"] == "2024-05-02"


def test_a_document_is_dated_as_its_text_says():
    loaded = load_bytes(
        b"# Wages\n\nPublished by Local 7, 2 May 2026.\n\nDeckhands are paid well.", "wages.md"
    )

    assert (loaded.provenance.publisher, loaded.provenance.published) == ("Local 7", "2026-05-02")


def test_what_front_matter_says_comes_before_what_the_text_says():
    text = b"---\npublished: 2026-06-01\n---\nPublished by Local 7, 2 May 2026.\n\nDeckhands are paid well."

    assert load_bytes(text, "wages.md").provenance.published == "2026-06-01"


def test_a_day_that_does_not_exist_is_no_date():
    loaded = load_bytes(b"Published 31 February 2026.\n\nDeckhands are paid well.", "wages.txt")

    assert loaded.provenance.published is None


def test_a_page_does_not_pass_for_another_site_by_its_dateline():
    page = b"<p>Published by the Actors' Union, 2 May 2026.</p><p>Deckhands are paid well.</p>"

    loaded = load_bytes(page, "page.html", "https://elsewhere.example/wages")

    assert loaded.provenance.publisher == "Actors' Union (elsewhere.example)"
