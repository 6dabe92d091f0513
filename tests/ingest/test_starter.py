import pytest

from ingest.starter import ask_for_starter_corpus
from ingest.submit import catch_up
from knowledge import facts
from knowledge.types import STARTER

RECORD = """\
- id: {id}
  title: About {id}
  kind: event
  statement: {statement}
  short_answer: {id}
  confidence: high
  sources:
  - publisher: The Gazette
    title: The news
    url: https://example.org/news
"""


@pytest.fixture
def corpus(tmp_path):
    """A folder of facts: write id and statement pairs into it."""
    folder = tmp_path / "corpus"
    folder.mkdir()

    def write(**statements):
        records = (RECORD.format(id=id, statement=said) for id, said in statements.items())
        (folder / "background.yaml").write_text("".join(records))
        return folder

    return write


def sync(library, folder, *, wanted=True):
    ask_for_starter_corpus(library, wanted=wanted, folder=folder)
    catch_up(library)


def statements(library):
    catalogue = library.catalogue
    return {id: catalogue.document(id).text for id in catalogue.digests("fact", STARTER)}


def test_the_first_time_every_fact_is_added(library, corpus):
    sync(library, corpus(strike="It lasted.", vote="They won."))

    assert statements(library) == {"strike": "It lasted.", "vote": "They won."}


def test_the_second_time_nothing_is_asked(library, corpus):
    folder = corpus(strike="It lasted.")
    sync(library, folder)
    revision = library.catalogue.revision

    ask_for_starter_corpus(library, folder=folder)

    assert library.catalogue.waiting_count() == 0
    assert library.catalogue.revision == revision


def test_an_edited_fact_is_replaced_and_the_others_are_left_alone(library, corpus, encoder):
    sync(library, corpus(strike="It lasted.", vote="They won."))
    encoder.passages.clear()

    sync(library, corpus(strike="It lasted 148 days.", vote="They won."))

    assert statements(library) == {"strike": "It lasted 148 days.", "vote": "They won."}
    assert encoder.passages == ["About strike. It lasted 148 days."]


def test_a_fact_that_was_taken_out_is_removed(library, corpus):
    sync(library, corpus(strike="It lasted.", vote="They won."))

    sync(library, corpus(vote="They won."))

    assert statements(library) == {"vote": "They won."}


def test_switched_off_all_facts_go_and_documents_stay(library, corpus, document, take_in):
    sync(library, corpus(strike="It lasted.", vote="They won."))
    take_in(library, document("A person's own."))

    sync(library, corpus(), wanted=False)

    assert [entry.source.kind for entry in library.catalogue.entries()] == ["document"]


def test_switched_on_again_they_come_back(library, corpus):
    folder = corpus(strike="It lasted.")
    sync(library, folder)
    sync(library, folder, wanted=False)

    sync(library, folder)

    assert statements(library) == {"strike": "It lasted."}


def test_what_changed_before_the_first_time_was_through_counts(library, corpus):
    """As after Ctrl-C: the facts of the first time are still in the queue."""
    ask_for_starter_corpus(library, folder=corpus(strike="It lasted.", vote="They won."))

    sync(library, corpus(strike="It lasted 148 days."))

    assert statements(library) == {"strike": "It lasted 148 days."}


def test_switched_off_before_the_first_time_was_through_no_fact_comes_in(library, corpus):
    folder = corpus(strike="It lasted.")
    ask_for_starter_corpus(library, folder=folder)

    sync(library, folder, wanted=False)

    assert statements(library) == {}


def test_a_bad_record_is_logged_and_the_rest_comes_in(library, corpus, caplog):
    folder = corpus(strike="It lasted.")
    (folder / "more.yaml").write_text("- id: nothing-else\n")

    sync(library, folder)

    assert statements(library) == {"strike": "It lasted."}
    assert "more.yaml, line 1, field title" in caplog.text


def test_the_shipped_corpus_is_what_is_asked_for(library):
    ask_for_starter_corpus(library)

    assert library.catalogue.waiting_count() == len(facts.load().facts)


def test_facts_of_a_guild_s_own_are_left_alone(library, corpus, document, take_in):
    sync(library, corpus(strike="It began on 2 May.", deal="It was signed."))
    own = document("It began on 3 May.", scope="guild-42", kind="fact", details={"replaces": "strike"})
    take_in(library, own)

    sync(library, corpus(strike="It began on 2 May."))

    assert library.catalogue.document(own.source.id).text == "It began on 3 May."
    assert library.catalogue.replaced(["starter", "guild-42"]) == {"strike"}
    assert library.catalogue.replaced(["starter", "guild-43"]) == set()
