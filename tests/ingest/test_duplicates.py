import pytest

from ingest.duplicates import near_duplicates
from ingest.index import passages_of
from knowledge.types import STARTER

FERRIES = """\
The ferry to Corvo leaves every morning at seven from the old pier, and comes back at noon.

In winter the crossing takes four hours, as the current off the northern cape is stronger then.

Dogs travel free of charge when they are kept on a lead and stay out of the dining room.
"""
BEES = "Beekeepers of the island harvest heather honey in September and sell it at the harbour market."


@pytest.fixture
def texts(document, library):
    """Cut a text into passages as the index does."""
    return lambda text: [piece.text for piece in passages_of(document(text, name="new"), library)]


def test_a_document_with_a_figure_changed_is_found(library, document, take_in, texts):
    take_in(library, document(FERRIES, "Timetable", name="ferries"), document(BEES, "Honey", name="bees"))

    (found,) = near_duplicates(library, STARTER, texts(FERRIES.replace("seven", "eight")))

    assert (found.document_id, found.title, found.share) == ("starter-ferries", "Timetable", 1)


def test_the_share_is_that_of_the_new_documents_passages(library, document, take_in, texts):
    take_in(library, document(BEES, "Honey", name="bees"))
    others = ["Lighthouses were painted white in 1872.", "Tides are told at the harbour office."]

    (found,) = near_duplicates(library, STARTER, [BEES, *others])

    assert found.share == pytest.approx(1 / 3)


def test_another_document_on_the_same_matter_is_not_a_duplicate(library, document, take_in, texts):
    take_in(library, document(FERRIES, "Timetable", name="ferries"))

    assert near_duplicates(library, STARTER, texts("A ferry leaves for Flores on Sundays, at ten.")) == ()


def test_other_scopes_are_not_looked_at(library, document, take_in, texts):
    take_in(library, document(FERRIES, name="ferries", scope="guild-1"))

    assert near_duplicates(library, "guild-2", texts(FERRIES)) == ()
    assert near_duplicates(library, STARTER, texts(FERRIES)) == ()


def test_what_was_taken_out_is_not_found(library, document, take_in, texts):
    kept = document(FERRIES, name="ferries")
    take_in(library, kept)
    take_in(library, remove=[kept.source.id])

    assert near_duplicates(library, STARTER, texts(FERRIES)) == ()


def test_nothing_resembles_nothing(library):
    assert near_duplicates(library, STARTER, []) == ()
