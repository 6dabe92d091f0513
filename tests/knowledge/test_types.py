import pytest

from knowledge.errors import InvalidScope
from knowledge.types import STARTER, Found, Passage, scope_of


def test_what_was_found_goes_through_langchain_as_often_as_one_likes(document):
    source = document("Pay rose.", publisher="The Gazette", details={"date": "2023"}).source
    found = Found(Passage("a:1", "a", 0, "Pay rose."), source, score=0.5, cosine=0.4, bm25=2.0)

    there = found.to_langchain()

    assert Found.from_langchain(there) == found
    assert Found.from_langchain(there) == found


@pytest.mark.parametrize("guild", ["1234", "test2"])
def test_a_guild_is_named_by_digits_and_lower_case_letters(guild):
    assert scope_of(guild) == f"guild-{guild}"
    assert scope_of(None) == STARTER


@pytest.mark.parametrize("guild", ["", "My server", "A", "1" * 33])
def test_what_names_no_guild_is_refused_with_what_does(guild):
    with pytest.raises(InvalidScope, match="32 digits or lower-case letters"):
        scope_of(guild)
