"""Quick facts, on the facts that ship and on some made for the test."""

from collections import Counter
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import facts
from knowledge.dates import last_day
from knowledge.errors import AmbiguousName, InvalidDate, NothingKnown, UnknownName
from knowledge.facts import Fact
from knowledge.find import fold, utf16_units
from knowledge.quick import PEOPLE, QuickFacts
from knowledge.sides import Mark, aspect_choices, compare, merged, status, timeline, timeline_choices
from knowledge.subjects import Subject
from knowledge.vocabulary import ASPECTS, TOPICS

SHIPPED = facts.load()
QUICK = QuickFacts(SHIPPED.facts, SHIPPED.subjects)
UNRULY = (
    st.text(st.characters(), max_size=500)
    | st.sampled_from(
        ["🦄" * 300, "שביתה الإضراب", "**bold** `code` [x](y) <@1>", "\u202eekirts", "\ud800", "$$"]
    )
    | st.sampled_from([fact.title for fact in SHIPPED.facts]).map(lambda title: title[: len(title) // 2])
)


def fact(id="strike-length", **changes):
    return Fact.model_validate(
        {
            "id": id,
            "title": id.replace("-", " "),
            "topic": "background",
            "kind": "number",
            "statement": "The strike lasted 148 days.",
            "short_answer": "148 days",
            "confidence": "high",
            "sources": [{"publisher": "The Gazette", "title": "News", "url": "https://example.org/news"}],
            **changes,
        }
    )


def test_every_shipped_fact_is_found_by_its_id_and_by_its_title():
    for shipped in SHIPPED.facts:
        assert shipped in QUICK.find(shipped.id)[:3], shipped.id
        assert shipped in QUICK.find(shipped.title)[:3], shipped.title
        assert QUICK.fact(shipped.id) == shipped


def test_every_name_that_one_subject_alone_bears_leads_to_it():
    bearers = Counter(
        name
        for subject in SHIPPED.subjects
        for name in {fold(name) for name in (subject.name, *subject.aliases)}
    )
    for subject in SHIPPED.subjects:
        assert QUICK.subject(subject.id) == subject
        for name in (subject.name, *subject.aliases):
            if bearers[fold(name)] == 1:
                assert QUICK.subject(name) == subject, name
                assert not subject.fact or QUICK.fact(subject.fact) in QUICK.find(name)[:3], name


def test_every_topic_has_its_file_and_every_aspect_is_told_of_something():
    assert set(TOPICS) == {fact.topic for fact in SHIPPED.facts}
    assert set(ASPECTS) == {tag[1] for fact in SHIPPED.facts for tag in fact.tags}


def test_status_does_without_the_facts_that_are_not_there():
    bare = QuickFacts([], SHIPPED.subjects)

    assert status(bare, date(2026, 7, 1)).contracts == ()


def test_every_subject_s_fact_and_every_tag_s_subject_is_there():
    subjects = {subject.id for subject in SHIPPED.subjects}

    assert {tag[0] for fact in SHIPPED.facts for tag in fact.tags} <= subjects
    for subject in SHIPPED.subjects:
        assert subject.fact is None or QUICK.fact(subject.fact)


@given(UNRULY)
def test_whatever_is_typed_the_choices_keep_within_discord_s_limits(typed):
    for choices in (
        QUICK.choices(typed),
        QUICK.subject_choices(typed, PEOPLE),
        QUICK.term_choices(typed),
        timeline_choices(QUICK, typed),
        aspect_choices(typed),
    ):
        assert len(choices) <= 25
        assert len({choice.value for choice in choices}) == len(choices)
        for choice in choices:
            assert 1 <= utf16_units(choice.name) <= 100
            assert 1 <= utf16_units(choice.value) <= 100


@given(UNRULY)
def test_whatever_is_typed_is_known_or_told_to_be_unknown(typed):
    for ask in (
        QUICK.fact,
        QUICK.define,
        QUICK.who,
        QUICK.subject,
        lambda about: timeline(QUICK, about),
        lambda aspect: compare(QUICK, "wga-mba-2023", "wga-mba-2026", aspect),
    ):
        with suppress(UnknownName, AmbiguousName, NothingKnown):
            assert ask(typed) is not None


def test_a_long_title_of_a_guild_s_own_is_cut():
    quick = QuickFacts([fact(title="🦄" * 70)], [])

    [choice] = quick.choices("")
    assert utf16_units(choice.name) <= 100
    assert choice.name.startswith("🦄" * 49)


def test_a_fact_that_was_merged_is_the_one_it_was_merged_into():
    assert QUICK.fact("people-ceos").id == "sag-2023-ceo-group"


def test_a_later_fact_of_the_same_id_wins():
    own = fact(SHIPPED.facts[0].id, statement="Our own account.")

    assert QuickFacts([*SHIPPED.facts, own], SHIPPED.subjects).fact(own.id).statement == "Our own account."
    assert QUICK.fact(own.id) != own


def test_what_is_past_is_told_with_its_last_day_and_what_holds_now():
    past = QUICK.card(QUICK.fact("sag-2023-wages-general")).past

    assert past.startswith("Until 30 June 2026; now 3% a year (SAG-AFTRA 2026 contract: wage raises)")
    assert QUICK.card(QUICK.fact("people-drescher")).past.startswith("Past; now Sean Astin")
    assert QUICK.card(QUICK.fact("sag26-raises")).past is None


def test_a_dispute_names_both_figures():
    dispute = QUICK.card(QUICK.fact("wga-2023-duration")).dispute

    assert "148 days" in dispute
    assert "146 days" in dispute


def test_a_state_of_affairs_has_the_day_of_its_newest_source_and_an_event_none():
    quick = QuickFacts(
        [
            fact(
                "officer",
                kind="person",
                sources=[
                    {"publisher": "A", "title": "B", "url": "https://example.org/1", "published": day}
                    for day in ("2025-03", "2026-01-02", "2024")
                ],
            ),
            fact("vote", kind="event", date="2023-05-02"),
            fact("timeless", kind="rule"),
        ],
        [],
    )
    as_of = {id: quick.card(quick.fact(id)).as_of for id in ("officer", "vote", "timeless")}

    assert as_of == {"officer": "2026-01-02", "vote": None, "timeless": "2026-01-02"}


def test_guidance_for_members_is_no_legal_advice():
    assert "not legal advice" in QUICK.card(QUICK.fact("guide-global-rule-one")).caution
    assert QUICK.card(QUICK.fact("wga-2023-duration")).caution is None


def test_related_facts_begin_with_what_replaced_it():
    related = QUICK.related(QUICK.fact("wga-2023-minimums"))

    assert related[0].id == "wga26-minimums"
    assert len(related) == 5
    assert "wga-2023-minimums" not in {fact.id for fact in related}


@pytest.mark.parametrize(
    ("term", "id"),
    [
        ("digital replica", "concept-digital-replica"),
        ("Synthetic Performer", "sag26-synthetic-definition"),
        ("AMPTP", "bg-amptp"),
        ("residual", "bg-residuals"),
        ("mini room", "bg-mini-room"),
        ("tily tax", "sag26-tilly-tax-idea"),
        ("MBA", "bg-basic-agreement"),
        ("Machine learning and generative AI", "concept-ai-not-all-generative"),
    ],
)
def test_a_term_is_defined(term, id):
    assert QUICK.define(term).fact.id == id


def test_who_tells_who_someone_is_and_then_the_newest():
    drescher = QUICK.who("Drescher")

    assert drescher.name == "Fran Drescher"
    assert drescher.facts[0].id == "people-drescher"
    dates = [fact.date or "" for fact in drescher.facts[1:]]
    assert dates == sorted(dates, reverse=True)
    assert QUICK.who("president of SAG-AFTRA").name == "Sean Astin"


def test_who_also_knows_those_who_are_mentioned_only():
    assert "Chuck Slavin" in QUICK.who("chuck slavin").facts[0].statement
    with pytest.raises(UnknownName):
        QUICK.who("Nobody At All")


def test_a_name_that_several_share_is_asked_back():
    with pytest.raises(
        AmbiguousName, match=r"Actors' strike of 2023 or SAG-AFTRA contract of 2023; say which"
    ):
        QUICK.subject("SAG 2023")


def test_a_timeline_without_a_topic_lays_strikes_side_by_side():
    lanes = timeline(QUICK)

    assert [lane.subject.id for lane in lanes[:2]] == ["wga-strike-2023", "sag-aftra-strike-2023"]
    for lane in lanes:
        days = [fact.date for fact in lane.facts]
        assert days == sorted(days)
        assert all(fact.sources[0].url for fact in lane.facts)
    [start] = [moment for moment in merged(lanes) if moment.fact.id == "sag-2023-start-date"]
    assert start.marks[:2] == (Mark.ON, Mark.HERE)


def test_an_entry_of_a_strike_s_own_lane_is_called_after_its_milestone():
    writers, earlier = timeline(QUICK)[0], timeline(QUICK, start="1988", end="1988")[0]

    assert [writers.label(fact) for fact in writers.facts[:3]] == [
        "Strike authorization: 97.85% (9,020 to 198)",
        "Start",
        "Tentative deal",
    ]
    assert earlier.label(earlier.facts[0]) == "WGA 1988 strike: dates and length"


def test_earlier_strikes_are_shown_to_whoever_asks():
    titles = [lane.title for lane in timeline(QUICK, start="1980", end="2008")]

    assert titles == [
        "Actors' strike of 1980",
        "Writers' strike of 1988",
        "Writers' strike of 2007-08",
    ]


@pytest.mark.parametrize(
    "about", ["wga-2023", "Law and courts", "video game strike", "IMA", "Bartz v. Anthropic"]
)
def test_a_timeline_of_a_topic_or_a_subject_keeps_to_the_dates(about):
    [everything] = timeline(QUICK, about)
    middle = everything.facts[len(everything.facts) // 2].date
    [later] = timeline(QUICK, about, start=middle)

    assert 0 < len(later.facts) < len(everything.facts)
    with pytest.raises(NothingKnown):
        timeline(QUICK, about, end="1901")
    with pytest.raises(InvalidDate):
        timeline(QUICK, about, start="yesterday")


@pytest.mark.parametrize(
    "name",
    ["AB 2652", "AB 1863", "H.R. 8951", "writers' contract 2020", "actors strike 2000", "wga strike 1989"],
)
def test_a_wrong_number_in_a_name_is_no_misspelling(name):
    with pytest.raises(UnknownName):
        QUICK.subject(name)


@pytest.mark.parametrize(
    ("name", "id"), [("AB 2602", "ab-2602"), ("writers strkie of 2023", "wga-strike-2023")]
)
def test_a_wrong_letter_is_one(name, id):
    assert QUICK.subject(name).id == id


def test_nothing_is_compared_with_itself():
    with pytest.raises(NothingKnown, match="name another"):
        compare(QUICK, "WGA contract 2023", "writers' contract 2023")


def test_strikes_that_are_over_before_the_usual_ones_are_shown_by_their_end():
    assert "Writers' strike of 2007-08" in {lane.title for lane in timeline(QUICK, end="2008")}
    assert "Writers' strike of 1988" not in {lane.title for lane in timeline(QUICK, end="2024")}


@pytest.mark.parametrize("strike", ["Writers' strike of 1988", "Writers' strike of 2007-08"])
def test_a_strike_s_own_timeline_has_what_the_overview_has(strike):
    [overview] = [lane for lane in timeline(QUICK, start="1980", end="2008") if lane.title == strike]
    [own] = timeline(QUICK, strike)

    assert {fact.id for fact in overview.facts} <= {fact.id for fact in own.facts}


def test_two_contracts_are_compared_aspect_by_aspect():
    rows = compare(QUICK, "writers' contract 2023", "actors' contract 2023").rows
    wages = next(row for row in rows if row.aspect == "wages")

    assert [card.fact.id for card in wages.left] == ["wga-2023-minimums"]
    assert "sag-2023-wages-general" in {card.fact.id for card in wages.right}
    assert {"ai-training", "expiry", "health", "streaming-bonus"} <= {row.aspect for row in rows}


def test_one_aspect_or_all_on_ai_can_be_asked_for():
    def aspects(asked):
        rows = compare(QUICK, "wga-mba-2023", "wga-mba-2026", asked).rows
        return {row.aspect for row in rows}

    assert aspects("wages") == aspects("Pay raises") == {"wages"}
    assert aspects("AI") >= {"ai-training", "ai-work"}
    assert all(aspect.startswith("ai-") for aspect in aspects("AI"))
    with pytest.raises(UnknownName, match="wages"):
        aspects("colour")


def test_status_tells_what_is_in_force_on_a_day():
    before, after = status(QUICK, date(2026, 6, 30)), status(QUICK, date(2026, 7, 1))

    def names(standings):
        return [standing.subject.id for standing in standings]

    assert "sag-aftra-tv-theatrical-2023" in names(before.contracts)
    assert "sag-aftra-tv-theatrical-2026" not in names(before.contracts)
    assert "sag-aftra-tv-theatrical-2026" in names(after.contracts)
    assert "sag-aftra-tv-theatrical-2023" not in names([*after.contracts, *after.expired])
    assert names(after.expired) == ["tv-animation-2024"]
    assert names(status(QUICK, date(2023, 8, 1)).strikes) == ["wga-strike-2023", "sag-aftra-strike-2023"]
    assert after.strikes == ()
    assert after.known_until == "2026-07-05"
    ends = [last_day(standing.subject.ends) for standing in after.contracts]
    assert ends == sorted(ends)


def test_a_law_stands_by_its_newest_status():
    laws = {each.subject.id: each.fact.id for each in status(QUICK, date(2026, 7, 1)).laws}

    assert laws["no-fakes"] == "law-nofakes-reported"
    assert laws["ab-2602"] == "law-ab2602-effective"
    assert "eu-ai-act" not in laws


def test_a_subject_without_a_fact_can_be_looked_up_and_not_defined():
    bare = QuickFacts([fact(title="Netflix pays")], [Subject(id="netflix", name="Netflix", kind="company")])

    assert [found.id for found in bare.who("netflix").facts] == ["strike-length"]
    with pytest.raises(UnknownName, match="Netflix pays"):
        bare.define("Netflix")


@pytest.mark.parametrize("typed", ["", "replica", "sag", "mini", "act", "wga"])
def test_every_term_that_is_offered_is_defined(typed):
    for choice in QUICK.term_choices(typed):
        defined = QUICK.define(choice.value).fact
        names = {subject.name for subject in SHIPPED.subjects if subject.fact == defined.id}
        assert choice.name in {defined.title, *names}
