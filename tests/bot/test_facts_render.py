"""What Discord shows of facts, within its limits whatever they hold."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import render
from bot.fact_buttons import page_card
from bot.fact_form import FIELDS, added, corrected, fields_of
from bot.facts_render import (
    Listing,
    comparison_listing,
    fact_embed,
    history_embed,
    listing,
    pages,
    status_listing,
    timeline_listing,
    who_listing,
)
from knowledge import facts
from knowledge.errors import InvalidFact
from knowledge.facts import Fact, FactSource
from knowledge.own_facts import Version
from knowledge.quick import Card, QuickFacts, Who
from knowledge.schema import now
from knowledge.sides import COMPARABLE, Comparison, Lane, Row, Standing, Status
from knowledge.subjects import Subject
from knowledge.vocabulary import ASPECTS, TOPICS

from .test_render import within_limits

SHIPPED = facts.load()
QUICK = QuickFacts(SHIPPED.facts, SHIPPED.subjects)
texts = st.text(min_size=1, max_size=2_000)
urls = st.text(max_size=1_500).map(lambda path: f"https://example.org/{path}")
some_facts = st.builds(
    Fact.model_construct,
    id=st.just("some-fact"),
    title=texts,
    topic=st.just("background"),
    kind=st.just("event"),
    statement=texts,
    short_answer=texts,
    sources=st.lists(
        st.builds(FactSource.model_construct, publisher=texts, title=texts, url=urls), min_size=1, max_size=40
    ).map(tuple),
    confidence=st.just("high"),
    note=st.none() | texts,
    disputed=st.none() | texts,
)
NO_FACTS = QuickFacts((), SHIPPED.subjects)
ENTRIES = (("An entry", "What it says"),) * 9


def own(fact, number=1):
    return Version(number, fact, "1001", now(), None)


@given(fact=some_facts, past=st.none() | texts)
def test_no_fact_goes_over_discords_limits(fact, past):
    card = Card(fact, "2026-07-05", past, fact.disputed, "Not legal advice.")

    assert within_limits([fact_embed(card, own(fact), behind=True)])
    assert within_limits([history_embed("So be it.", [own(fact)] * 40)])


@given(several=st.lists(some_facts, min_size=1, max_size=30), name=texts)
def test_no_page_goes_over_discords_limits(several, name):
    subject = Subject.model_construct(id="some", name=name, kind="contract", aliases=(), ends="2026")
    cards = tuple(Card(fact, None, fact.note, fact.disputed, None) for fact in several)
    standings = tuple(Standing(subject, fact) for fact in several)
    for shown in (
        who_listing(NO_FACTS, Who(name, tuple(several))),
        timeline_listing((Lane(name, tuple(dated(several))),), "some", "", ""),
        comparison_listing(Comparison(subject, subject, (Row("wages", "Pay raises", cards, ()),)), ""),
        status_listing(Status(date(2026, 7, 1), "2026-07-05", (), standings, (), (), ())),
    ):
        assert all(within_limits([page]) for page in pages(shown))


def dated(several):
    """Facts that differ, as the entries of a timeline do."""
    for n, fact in enumerate(several):
        yield fact.model_copy(update={"id": f"some-fact-{n}", "date": "2026-07-01"})


@pytest.mark.parametrize(
    ("kind", "about"), [("who", ("SAG-AFTRA",)), ("timeline", ("law-and-courts", "", "")), ("status", ())]
)
def test_all_entries_are_on_some_page(kind, about):
    found = listing(QUICK, kind, *about)
    shown = [(field.name, field.value) for page in pages(found) for field in page.fields]

    assert shown == list(found.entries)
    assert all(page.fields for page in pages(found))


def names(found):
    laid = page_card(Listing(found.kind, found.about, found.title, found.entries * 9), 2)
    return [button.custom_id for button in laid.view.children]


def test_every_page_has_buttons_whose_names_discord_takes():
    day = "2023-01-01"
    ids = sorted((subject.id for subject in SHIPPED.subjects if subject.kind in COMPARABLE), key=len)
    for about in (*ids, *TOPICS):
        assert all(len(name) <= 100 for name in names(Listing("timeline", (about, day, day), "", ENTRIES)))
    for subject in SHIPPED.subjects:
        assert all(len(name) <= 100 for name in names(Listing("who", (subject.name,), "", ENTRIES)))
    for aspect in ASPECTS:
        assert all(len(name) <= 100 for name in names(Listing("compare", (*ids[-2:], aspect), "", ENTRIES)))


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("timeline", ("Writers' Strike of 2023!", "2023", "2024")),
        ("who", ("crabtree-ireland",)),
        ("compare", ("writers' contract 2023", "actors' contract 2023", "AI: training")),
        ("status", ()),
    ],
)
def test_a_listing_leads_to_itself(kind, about):
    found = listing(QUICK, kind, *about)

    assert found.entries
    assert listing(QUICK, found.kind, *found.about) == found


def test_a_form_sent_as_it_was_shown_changes_nothing():
    for fact in SHIPPED.facts:
        shown = fields_of(fact)
        assert corrected(fact, shown) == fact
        assert all(render.length(shown[name]) <= longest for name, _, _, longest in FIELDS)


@given(fields=st.dictionaries(st.sampled_from([name for name, *_ in FIELDS]), st.text()), add=st.booleans())
def test_whatever_is_typed_into_a_form_is_a_fact_or_is_refused_in_a_sentence(fields, add):
    with suppress(InvalidFact):
        fact = added("background", "event", fields) if add else corrected(SHIPPED.facts[0], fields)
        assert len(f"picket:fact-edit:{fact.id}") <= 100


def test_a_title_in_any_script_makes_an_id():
    source = "The local | News | https://example.org/"
    said = {"short_answer": "Yes", "statement": "It is so.", "sources": source}
    ids = {
        added("background", "event", {**said, "title": title}).id for title in ("ストライキ", "🎬", "An ñ!")
    }

    assert len(ids) == 3
    assert all(id.startswith("own-") for id in ids)
