"""In which guilds the bot is, and since when it is not."""

from datetime import timedelta

import pytest

from knowledge.asked import Place
from knowledge.build import build_joined, build_memory
from knowledge.schema import now
from knowledge.types import Answer, scope_of


@pytest.fixture
def joined(library):
    joined = build_joined(library)
    yield joined
    joined.close()


LONG_AGO = now() - timedelta(days=31)


def test_a_guild_is_gone_once_it_was_left_long_enough_ago(joined):
    joined.came("100")
    joined.left("100", LONG_AGO)
    joined.left("200")

    assert joined.gone(days=30) == ["100"]
    assert joined.gone(days=40) == []


def test_coming_back_counts_as_never_having_left(joined):
    joined.left("100", LONG_AGO)
    joined.came("100")

    assert joined.gone(days=0) == []


def test_a_guild_that_was_left_stays_left_since_then(joined):
    joined.left("100", LONG_AGO)
    joined.left("100")
    joined.are([])

    assert joined.gone(days=30) == ["100"]


def test_what_happened_meanwhile_is_noted_at_a_start(joined):
    joined.are(["100", "200"])
    joined.left("200", LONG_AGO)
    joined.are(["200"])

    assert joined.gone(days=0) == ["100"]


def test_a_guild_known_from_before_by_its_questions_or_settings_counts_as_left(joined, settings):
    memory = build_memory(settings)
    memory.remember(Answer("Who?", "Nothing.", (), 0.1, None), Place("1", "10", "100"))
    memory.remember(Answer("Who?", "Nothing.", (), 0.1, None), Place("1", "10", None))
    memory.set_wishes("200", {})
    memory.set_wishes("300", {})
    memory.close()
    joined.are(["300"])

    assert joined.gone(days=0) == ["100", "200"]


def test_a_guild_for_which_documents_were_only_prepared_was_never_left(joined, library, document, take_in):
    take_in(library, document("The quay is closed.", scope=scope_of("42")))
    joined.are([])

    assert joined.gone(days=0) == []


def test_what_is_forgotten_is_no_more_left(joined):
    joined.left("100", LONG_AGO)
    joined.forget("100")

    assert joined.gone(days=0) == []
