import pytest

from knowledge import facts
from knowledge.errors import UnknownName
from knowledge.own_facts import OwnFacts

SHIPPED = facts.load()
STRIKE = next(fact for fact in SHIPPED.facts if fact.id == "wga-2023-duration")
ANN, BEA = "1001", "1002"
HERE, THERE = "42", "43"


@pytest.fixture
def open_own(tmp_path):
    opened = []

    def open_(shipped=SHIPPED.facts):
        opened.append(OwnFacts(tmp_path / "catalogue.db", facts.Corpus(tuple(shipped), (), SHIPPED.subjects)))
        return opened[-1]

    yield open_
    for own in opened:
        own.close()


@pytest.fixture
def own(open_own):
    return open_own()


def saying(statement, **changes):
    return STRIKE.model_copy(update={"statement": statement, **changes})


def test_a_guild_s_own_fact_wins_in_that_guild_alone(own):
    own.put(HERE, saying("We say 146 days."), ANN)

    assert own.quick(HERE).fact(STRIKE.id).statement == "We say 146 days."
    assert own.quick(THERE).fact(STRIKE.id) == own.quick(None).fact(STRIKE.id) == STRIKE


def test_a_fact_that_none_shipped_is_found_like_any_other(own):
    own.put(HERE, saying("Ours.", id="our-picnic", title="The picnic of the local"), ANN)

    assert own.quick(HERE).find("picnik")[0].id == "our-picnic"
    assert "our-picnic" not in {fact.id for fact in own.quick(THERE).find("picnik")}


def test_every_change_is_kept_with_who_made_it_and_can_be_reverted(own):
    first = own.put(HERE, saying("We say 146 days."), ANN)
    own.put(HERE, saying("We say 147 days."), BEA)
    own.take_back(HERE, STRIKE.id, ANN)
    assert own.quick(HERE).fact(STRIKE.id) == STRIKE

    own.revert(HERE, STRIKE.id, first, BEA)

    assert own.quick(HERE).fact(STRIKE.id).statement == "We say 146 days."
    history = own.changed(HERE)[STRIKE.id]
    assert [version.person for version in history] == [BEA, ANN, BEA, ANN]
    assert [version.fact and version.fact.statement for version in history[1:3]] == [None, "We say 147 days."]
    assert [version.changed_at for version in history] == sorted(
        (version.changed_at for version in history), reverse=True
    )


def test_another_guild_s_version_cannot_be_reverted_to(own):
    number = own.put(HERE, saying("We say 146 days."), ANN)

    with pytest.raises(UnknownName, match=f"'{number}'"):
        own.revert(THERE, STRIKE.id, number, BEA)
    assert own.changed(THERE) == {}


def test_a_restart_loses_nothing(open_own):
    before = open_own()
    before.put(HERE, saying("We say 146 days."), ANN)
    before.put(HERE, saying("We say 147 days."), BEA)
    after = open_own()

    assert after.changed(HERE) == before.changed(HERE)
    assert after.quick(HERE).fact(STRIKE.id) == saying("We say 147 days.")


def test_a_fact_of_a_guild_s_own_that_a_release_cannot_read_is_kept_and_the_shipped_one_counts(
    open_own, caplog
):
    before = open_own()
    before.put(HERE, saying("We say 146 days."), ANN)
    before.put(HERE, saying("We say 147 days.", topic="of-another-release"), BEA)
    after = open_own()

    assert after.quick(HERE).fact(STRIKE.id) == STRIKE
    assert len(after.changed(HERE)[STRIKE.id]) == 2
    assert STRIKE.id in caplog.text


def test_a_guild_s_own_fact_outlives_an_upgrade_which_is_noticed(open_own):
    open_own().put(HERE, saying("We say 146 days."), ANN)
    same, upgraded = open_own(), open_own([saying("The release says 149 days.")])

    assert upgraded.quick(HERE).fact(STRIKE.id).statement == "We say 146 days."
    assert upgraded.is_behind(HERE, STRIKE.id)
    assert not same.is_behind(HERE, STRIKE.id)
    assert not upgraded.is_behind(THERE, STRIKE.id)

    upgraded.put(HERE, saying("So do we."), BEA)

    assert not upgraded.is_behind(HERE, STRIKE.id)
