"""What holds now goes before what it replaced."""

from dataclasses import replace

import pytest

from knowledge.build import build_answerer
from knowledge.question import understand
from knowledge.retrieve import OWN, RIVAL, fit, outdated
from knowledge.types import STARTER, Passage, Provenance, Source, scope_of


def source(id, title, published=None, **details):
    return Source(id, STARTER, "document", Provenance(title, published=published), details)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Wage Agreement 2023: what it says", "Wage Agreement 2026: what changes"),
        ("Safety rules, 2019 edition", "Safety rules, 2025 edition"),
        ("Bench Agreement, First Edition", "Bench Agreement, Second Edition"),
        ("House rules", "House rules (revised)"),
        ("Agreement on the rank", "Agreement on the rank – New Edition"),
        ("Handbook, version 2", "Handbook, version 10"),
        ("Safety rules", "Safety rules 2026"),
    ],
)
def test_a_later_edition_replaces_an_earlier_one(old, new):
    assert outdated([source("old", old, "2023-06"), source("new", new, "2026-06")]) == {"old"}


def test_the_year_in_its_title_is_the_date_of_an_edition_that_has_none():
    assert outdated([source("old", "Wage Agreement 2023"), source("new", "Wage Agreement 2026")]) == {"old"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Safety rules, 2019", "2019"), ("Travel rules, 2025", "2025")),
        (("Safety rules", "2019"), ("Safety rules", "2025")),
        (("Safety rules 2019", "2019"), ("Safety rules", "2025")),
        (("First aid rules", "2019"), ("Second home rules", "2025")),
        (("Rules", "2019"), ("Travel rules 2025", "2025")),
        (("Handbook 2024", "2024-01"), ("Handbook 2024, appendix B (revised)", "2024-05")),
        (("Version 2", "2019"), ("Travel rules, version 3", "2025")),
        (("Newsletter, spring 2025", None), ("Newsletter, spring 2026", None)),
        (("Minutes of May 2025", "2025-05"), ("Minutes of May 2026", "2026-05")),
    ],
)
def test_what_is_no_other_edition_replaces_nothing(one, other):
    assert outdated([source("one", *one), source("other", *other)]) == set()


def test_a_source_that_says_so_is_replaced_where_its_successor_is_found():
    old = source("old", "The rate", superseded_by=["new"])

    assert outdated([old, source("new", "Another rate")]) == {"old"}
    assert outdated([old]) == set()


@pytest.fixture
def answerer(library, settings, document, take_in):
    old, new = "Wage Agreement 2023", "Wage Agreement 2026"
    take_in(
        library,
        document("Between two turns there are 10 hours of rest.", old, name="old", published="2023-05"),
        document("Between two turns there are 11 hours of rest.", new, name="new", published="2026-05"),
    )
    return build_answerer(settings, library)


def test_what_holds_is_quoted_without_what_held_before(answerer):
    text = answerer.answer("How many hours of rest are there between two turns?").text

    assert "11 hours" in text
    assert "10 hours" not in text


@pytest.mark.parametrize(
    "question",
    [
        "How many hours of rest between two turns in 2023?",
        "How many hours of rest were there between two turns?",
    ],
)
def test_what_held_before_is_quoted_where_it_is_asked_for(answerer, question):
    assert "10 hours" in answerer.answer(question).text


def test_in_a_guild_its_own_document_fits_more_than_the_starter_corpus_does():
    question = understand("what is the pay")
    theirs = source("a", "Pay")
    passage = Passage("a:1", "a", 0, "The pay is told here.")

    own = replace(theirs, scope=scope_of("42"))

    assert fit(question, passage, own) == pytest.approx(fit(question, passage, theirs) + OWN)


def test_a_passage_on_another_union_alone_fits_less():
    question = understand("did the writers win a raise")

    def fits(text):
        return fit(question, Passage("a:1", "a", 0, text), source("a", "A raise"))

    assert fits("SAG-AFTRA won a raise.") == pytest.approx(fits("They won a raise.") + RIVAL)
    assert fits("The WGA and SAG-AFTRA won a raise.") == fits("They won a raise.")


def test_no_document_of_a_server_takes_the_place_of_a_fact():
    new = source("new", "Wage Agreement 2026", "2026-06")
    fact = Source("old", STARTER, "fact", Provenance("Wage Agreement 2023", published="2023-06"), {})

    assert outdated([fact, new]) == set()
