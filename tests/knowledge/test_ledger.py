import random
from datetime import timedelta

import pytest

from ingest.index import rebuild
from ingest.submit import see_through
from knowledge import ledger as ledger_module
from knowledge.errors import NothingToUndo
from knowledge.ledger import UNDO, Ledger
from knowledge.library import CATALOGUE
from knowledge.queue import FORGOTTEN
from knowledge.schema import now
from knowledge.types import STARTER

GUILD, OTHER = "guild-1", "guild-2"
STRIKE = "The writers' strike lasted 148 days."
PAY = "Pay rose by five percent in the first year."


@pytest.fixture
def ledger(library, settings):
    opened = Ledger(settings.data_dir / CATALOGUE)
    yield opened
    opened.close()


@pytest.fixture
def mine(document):
    def mine(text, name="a", **about):
        return document(text, name=name, scope=GUILD, **about)

    return mine


@pytest.fixture
def do(library):
    """Have something asked and carried out; tell what came of it."""

    def do(*, person="ada", **wanted):
        return see_through(library, library.catalogue.ask(person=person, **wanted), objection=no_objection)

    return do


@pytest.fixture
def undo(library, ledger):
    """Undo an act, the newest unless another is named."""

    def undo(number=None, person="bob"):
        jobs = ledger.undo(GUILD, number or ledger.acts(GUILD)[0].number, person)
        return see_through(library, jobs, objection=no_objection)

    return undo


def no_objection(_job, _scope):
    """Let what moderators want pass."""


def told(ledger, scope=GUILD):
    """Who did what, oldest first."""
    return [(entry.person, entry.act) for entry in reversed(ledger.acts(scope))]


def known(library):
    return {
        entry.source.id: library.catalogue.document(entry.source.id) for entry in library.catalogue.entries()
    }


def test_every_act_is_noted_with_who_did_what_and_when(do, ledger, mine):
    begun = now()

    do(add=[mine(STRIKE, title="The strike")])
    do(add=[mine(PAY, title="The pay")], person="bob")
    do(refresh=[mine(STRIKE, title="The strike again")], person="cy")
    do(remove=["guild-1-a"], person=None)

    assert told(ledger) == [("ada", "added"), ("bob", "replaced"), ("cy", "refreshed"), (None, "removed")]
    newest, *_, oldest = ledger.acts(GUILD)
    assert (oldest.document_id, oldest.title) == ("guild-1-a", "The strike")
    assert newest.title == "The strike again"
    assert begun <= oldest.at <= newest.at <= now()
    assert oldest.undo_until - oldest.at == pytest.approx(UNDO, abs=timedelta(seconds=1))


def test_what_changes_nothing_is_no_act(do, ledger, mine, library, monkeypatch):
    do(add=[mine(STRIKE)])
    before = ledger.acts(GUILD)

    do(add=[mine(STRIKE)])
    do(remove=["nobody"])
    monkeypatch.setattr(library.encoder, "count_tokens", lambda text: len(text) // 0)
    assert do(add=[mine(PAY, name="b")])[0].startswith("refused")

    assert ledger.acts(GUILD) == before


def test_what_is_handed_in_again_as_it_was_counts_as_looked_at(do, mine, library):
    page = mine(STRIKE)
    do(add=[page])
    library.catalogue.looked_at(page.source.id, now() - timedelta(days=400), None, None)

    assert do(add=[page]) == ["unchanged"]
    assert library.catalogue.details(GUILD, page.source.id).looked_at > now() - timedelta(days=1)


def test_facts_and_what_is_indexed_again_are_no_acts(do, ledger, document, library):
    do(add=[document("A fact.", kind="fact", scope=GUILD), document("One more.", kind="fact")])
    do(add=[document(STRIKE, name="b")])
    do(remove=["guild-1-a", "starter-a"])

    with library.lock():
        rebuild(library)

    assert told(ledger, STARTER) == [("ada", "added")]
    assert told(ledger) == []


def test_a_change_that_fails_leaves_no_entry(do, ledger, mine, library, monkeypatch):
    monkeypatch.setattr("knowledge.words.add", lambda *_args: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        do(add=[mine(STRIKE)])
    assert ledger.acts(GUILD) == []
    monkeypatch.undo()
    see_through(library, [1], objection=no_objection)

    assert told(ledger) == [("ada", "added")]


def test_acts_come_a_page_at_a_time(do, ledger, mine):
    do(add=[mine(f"Text {n}.", name=str(n)) for n in range(5)])

    first = ledger.acts(GUILD, limit=3)
    second = ledger.acts(GUILD, limit=3, before=first[-1].number)

    assert [entry.document_id for entry in first + second] == [f"guild-1-{n}" for n in (4, 3, 2, 1, 0)]


def test_an_addition_undone_is_gone(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])

    assert undo() == ["removed"]

    assert known(library) == {}
    assert told(ledger) == [("ada", "added"), ("bob", "removed")]


def test_a_removal_undone_is_back_just_as_it_was(do, undo, ledger, mine, library):
    kept = mine(
        STRIKE, title="The strike", publisher="The Gazette", url="https://example.org", published="2023"
    )
    do(add=[kept])
    do(remove=["guild-1-a"])

    assert undo() == ["added"]

    assert known(library) == {"guild-1-a": kept}
    assert library.catalogue.search_words(GUILD, ["lasted"], 5)
    assert library.store.ids(GUILD) == library.catalogue.passage_ids(GUILD) != set()
    assert told(ledger)[-1] == ("bob", "restored")


@pytest.mark.parametrize("how", ["add", "refresh"])
def test_a_new_version_undone_is_the_old_one_again(do, undo, ledger, mine, library, how):
    old = mine(STRIKE)
    do(add=[old])
    do(**{how: [mine(PAY)]})

    assert undo() == ["replaced"]

    assert known(library) == {"guild-1-a": old}
    assert told(ledger)[-1] == ("bob", "restored")


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_what_is_back_was_last_looked_at_when_it_was(do, undo, mine, library, how):
    strike = mine(STRIKE)
    id = strike.source.id
    do(add=[strike])
    long_ago = now() - timedelta(days=400)
    library.catalogue.looked_at(id, long_ago, None, None)
    added_at = library.catalogue.details(GUILD, id).added_at
    do(add=[mine(PAY)]) if how == "replaced" else do(remove=[id])
    undo()
    back = library.catalogue.details(GUILD, id)

    assert (back.added_at, back.looked_at) == (added_at, long_ago)


def test_an_undoing_can_itself_be_undone(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    undo()
    assert known(library) == {}

    undo()
    assert known(library) == {"guild-1-a": mine(STRIKE)}
    undo()

    assert known(library) == {}
    assert [act for _, act in told(ledger)] == ["added", "removed", "restored", "removed"]


def test_a_later_act_with_the_same_document_has_to_be_undone_first(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    do(add=[mine(PAY)], person="cy")
    do(refresh=[mine("Something else.")], person="dee")
    refreshed, replaced, added = ledger.acts(GUILD)

    for older in (replaced, added):
        with pytest.raises(NothingToUndo, match=rf"refreshed later, on {refreshed.at:%Y-%m-%d}.*undo that"):
            undo(older.number)
    assert known(library) == {"guild-1-a": mine("Something else.")}

    undo(refreshed.number)
    assert undo(replaced.number) == ["replaced"]
    assert known(library) == {"guild-1-a": mine(STRIKE)}
    undo(added.number)
    assert known(library) == {}


def test_neither_other_documents_nor_what_was_refused_stand_in_the_way(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    [added] = ledger.acts(GUILD)
    do(add=[mine(PAY, name="b")])
    see_through(library, library.catalogue.ask(remove=["guild-1-a"], person="eve"), objection=lambda *_: "no")

    assert undo(added.number) == ["removed"]


def test_what_was_undone_and_done_again_stands_in_the_way_again(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    [added] = ledger.acts(GUILD)
    do(remove=["guild-1-a"])
    undo()
    undo()

    with pytest.raises(NothingToUndo, match="removed later"):
        undo(added.number)
    undo()

    assert known(library) == {"guild-1-a": mine(STRIKE)}
    assert undo(added.number) == ["removed"]


def test_an_undoing_is_undone_only_after_that_of_an_older_act(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    do(add=[mine(PAY)])
    replaced, added = ledger.acts(GUILD)
    undo(replaced.number)
    undoing = ledger.acts(GUILD)[0]
    undo(added.number)

    with pytest.raises(NothingToUndo, match="removed later"):
        undo(undoing.number)
    undo()

    assert undo(undoing.number) == ["replaced"]
    assert known(library) == {"guild-1-a": mine(PAY)}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_done_an_act_is_undone_only_where_all_is_as_it_left_it(
    do, undo, ledger, mine, library, seed
):
    chance, now_known, around, outcomes = random.Random(seed), {}, {}, []
    for n in range(30):
        before, newest = now_known, [act.number for act in ledger.acts(GUILD) if act.undo_until]
        number = chance.choice(newest[:4]) if newest and chance.random() < 0.7 else None
        try:
            if number:
                undo(number)
                assert (before, known(library)) == (around[number][1], around[number][0])
            else:
                do(**({"remove": ["guild-1-a"]} if before and n % 3 else {"add": [mine(f"{n}.")]}))
        except NothingToUndo:
            assert number != newest[0]
            outcomes.append("refused")
        else:
            outcomes.append("undone" if number else "done")
            now_known = known(library)
            around[ledger.acts(GUILD)[0].number] = before, now_known

    assert min(map(outcomes.count, ("done", "undone", "refused"))) >= 3


def test_what_was_waiting_when_an_older_act_was_to_be_undone_is_not_lost(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    [added] = ledger.acts(GUILD)
    library.catalogue.ask(add=[mine(PAY)], person="cy")

    assert undo(added.number)[0].startswith("refused: this document was replaced later, on ")

    assert known(library) == {"guild-1-a": mine(PAY)}
    assert told(ledger) == [("ada", "added"), ("cy", "replaced")]
    undo()
    assert undo(added.number) == ["removed"]


def test_an_undoing_that_waits_when_all_of_its_server_is_deleted_comes_to_nothing(do, ledger, mine, library):
    do(add=[mine(STRIKE)])
    jobs = ledger.undo(GUILD, ledger.acts(GUILD)[0].number)
    library.catalogue.drop_scope(GUILD)

    assert see_through(library, jobs) == ["not there any more"]


def test_undoing_twice_does_it_once(do, ledger, mine, library):
    do(add=[mine(STRIKE)])
    [entry] = ledger.acts(GUILD)

    jobs = ledger.undo(GUILD, entry.number, "ada")
    assert ledger.undo(GUILD, entry.number, "bob") == jobs
    see_through(library, jobs, objection=no_objection)

    with pytest.raises(NothingToUndo, match="undone already"):
        ledger.undo(GUILD, entry.number, "ada")
    assert told(ledger) == [("ada", "added"), ("ada", "removed")]
    assert ledger.acts(GUILD)[1].undo_until is None


def test_an_undoing_that_is_refused_can_be_tried_again(do, undo, ledger, mine, library, monkeypatch):
    do(add=[mine(STRIKE)])
    do(remove=["guild-1-a"])
    with monkeypatch.context() as broken:
        broken.setattr(library.encoder, "count_tokens", lambda text: len(text) // 0)
        assert undo()[0].startswith("refused")

    assert undo() == ["added"]


def test_what_is_undone_in_another_way_cannot_be_undone_as_well(do, undo, ledger, mine, library):
    do(add=[mine(STRIKE)])
    do(remove=["guild-1-a"])
    removal = ledger.acts(GUILD)[0].number
    do(add=[mine(STRIKE)])

    with pytest.raises(NothingToUndo, match="added later"):
        undo(removal)

    assert [act for _, act in told(ledger)] == ["added", "removed", "added"]
    assert known(library) == {"guild-1-a": mine(STRIKE)}


def test_what_was_long_ago_cannot_be_undone(do, undo, ledger, mine, library, monkeypatch):
    do(add=[mine(STRIKE)])
    later = now() + UNDO
    monkeypatch.setattr(ledger_module, "now", lambda: later)

    assert ledger.acts(GUILD)[0].undo_until is None
    with pytest.raises(NothingToUndo, match="30 days ago or more"):
        undo()
    assert set(known(library)) == {"guild-1-a"}


def test_a_guilds_acts_are_seen_and_undone_in_that_guild_alone(do, ledger, mine, document, library):
    do(add=[mine(STRIKE), document(PAY, scope=OTHER)])
    [entry] = ledger.acts(GUILD)

    assert [other.document_id for other in ledger.acts(OTHER)] == ["guild-2-a"]
    for scope in (OTHER, STARTER):
        with pytest.raises(NothingToUndo, match="no such act"):
            ledger.undo(scope, entry.number, "eve")
    assert library.catalogue.waiting_count() == 0


def test_the_jobs_of_an_undoing_that_waits_are_not_told_to_another_guild(do, ledger, mine):
    do(add=[mine(STRIKE)])
    [entry] = ledger.acts(GUILD)
    ledger.undo(GUILD, entry.number, "ada")

    with pytest.raises(NothingToUndo):
        ledger.undo(OTHER, entry.number, "eve")


def test_who_is_forgotten_is_named_nowhere_and_the_acts_stay(do, undo, ledger, mine, library, settings):
    do(add=[mine(STRIKE), mine(PAY, name="b")], person="zyzzyva")
    do(remove=["guild-1-b"], person="bob")
    assert (ledger.held_on("zyzzyva"), ledger.held_on("bob")) == (2, 1)

    ledger.forget("zyzzyva")

    assert (ledger.held_on("zyzzyva"), ledger.held_on("bob")) == (0, 1)
    assert told(ledger) == [(None, "added"), (None, "added"), ("bob", "removed")]


@pytest.mark.parametrize("what", ["add", "remove", "undo"])
def test_what_waits_for_who_is_forgotten_is_not_done_unasked(do, ledger, mine, library, what):
    do(add=[mine(STRIKE)], person="cy")
    ask = {
        "add": lambda: library.catalogue.ask(add=[mine(PAY)], person="ada"),
        "remove": lambda: library.catalogue.ask(remove=["guild-1-a"], person="ada"),
        "undo": lambda: ledger.undo(GUILD, ledger.acts(GUILD)[0].number, "ada"),
    }
    jobs = ask[what]()
    others = library.catalogue.ask(add=[mine(PAY, name="b")])
    assert ledger.held_on("ada") == 1

    ledger.forget("ada")

    assert ledger.held_on("ada") == 0
    assert see_through(library, [*jobs, *others]) == [FORGOTTEN, "added"]
    assert told(ledger) == [("cy", "added"), (None, "added")]
    assert known(library)["guild-1-a"] == mine(STRIKE)
    assert ledger.acts(GUILD)[1].undo_until


def test_what_is_under_way_for_who_is_forgotten_leaves_nothing(ledger, mine, library):
    jobs = library.catalogue.ask(add=[mine(STRIKE)], person="ada")

    def forget_meanwhile(_job, _scope):
        ledger.forget("ada")

    assert see_through(library, jobs, objection=forget_meanwhile) == [FORGOTTEN]
    assert (told(ledger), known(library), library.store.count(GUILD)) == ([], {}, 0)


def test_a_job_that_is_done_does_not_tell_for_whom(do, ledger, mine, library):
    do(add=[mine(STRIKE)])

    assert ledger.held_on("ada") == 1


def test_a_document_was_added_by_who_brought_the_version_that_is_there(do, undo, ledger, mine, library):
    def by():
        return library.catalogue.details(GUILD, "guild-1-a").added_by

    do(add=[mine(STRIKE)], person="ada")
    do(refresh=[mine(STRIKE + " It ended.")], person="bob")
    assert by() == "ada"

    do(add=[mine(PAY)], person="cy")
    assert by() == "cy"

    undo()
    assert by() == "ada"
    ledger.forget("ada")
    assert by() is None
