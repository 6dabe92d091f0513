"""Passages are put in order by whether they say what is asked, and so are their sentences."""

from knowledge.evidence import CLOSELY, KEPT, sureness, weigh
from knowledge.question import understand
from knowledge.types import STARTER, Found, Passage, Provenance, Source
from knowledge.words import Rarity


def found(id, text, title="The harbour", score=0.5):
    source = Source(id, STARTER, "document", Provenance(title))
    return Found(Passage(f"{id}:1", id, 0, text), source, score=score, cosine=0.5, bm25=1.0)


HAVING = {"harbour": 5, "strike": 5, "last": 1, "fund": 2}


def rarity(terms):
    return Rarity(10, {term: HAVING.get(term, 0) for term in terms})


QUESTION = understand("how long did the harbour strike last")


def test_of_equal_passages_the_one_that_says_it_comes_first(reader):
    about = found("about", "The harbour strike was led by Ada Lund, who had worked there for years.")
    says = found("says", "The harbour strike lasted 31 days, from May to June.")

    evidence = weigh(QUESTION, [about, says], rarity, reader)

    assert [one.source.id for one in evidence.found] == ["says", "about"]
    assert evidence.sentences[0].answer == "31 days"


def test_of_a_passage_the_sentence_that_says_it_comes_first(reader):
    text = "Ada Lund led it. The harbour strike lasted 31 days. It was about the price of rice."

    evidence = weigh(QUESTION, [found("a", text)], rarity, reader)

    assert evidence.sentences[0].text == "The harbour strike lasted 31 days."
    assert {sentence.position for sentence in evidence.sentences} == {0, 1, 2}


def test_what_a_follow_up_asks_weighs_more_than_what_was_answered_before(reader):
    lasted, held = (
        "The harbour strike lasted 31 days.",
        "The fund for strikers held 9,000 crowns when it began.",
    )
    text = f"{lasted} Ada Lund led the harbour strike. {held}"
    whole = understand("how long did the harbour strike last and what was in the fund")
    alone = understand("and what was in the fund")

    as_one = weigh(whole, [found("a", text)], rarity, reader)
    followed_up = weigh(whole, [found("a", text)], rarity, reader, alone)

    assert _lead(as_one, held, lasted) < _lead(followed_up, held, lasted)


def _lead(evidence, one, other):
    scores = {sentence.text: sentence.score for sentence in evidence.sentences}
    return scores[one] - scores[other]


def test_a_heading_is_no_answer(reader):
    text = "How long the strike lasted\nIt took 31 days until they went back to work."

    evidence = weigh(QUESTION, [found("a", text)], rarity, reader)

    assert evidence.sentences[0].text.startswith("It took 31 days")


def test_each_line_tells_the_heading_that_it_stands_below(reader):
    text = (
        "The harbour\nFor all.\nSick pay\nThe first day is unpaid. Then it is full.\n• 12 weeks in full\n"
        "Night | Extra: 9 %\nDogs\nNone."
    )

    evidence = weigh(QUESTION, [found("a", text)], rarity, reader)

    assert [one.heading for one in sorted(evidence.sentences, key=lambda one: one.position)] == [
        *[""] * 3,
        *["Sick pay"] * 4,
        "",
        "Dogs",
    ]


def test_lines_below_a_line_are_its_list(reader):
    text = "It was signed in May.\nRefused\nA canteen\nFree parking\nBoth may be asked for again."

    evidence = weigh(QUESTION, [found("a", text)], rarity, reader)

    headings = [one.heading for one in sorted(evidence.sentences, key=lambda one: one.position)]
    assert headings == ["", "", "Refused", "Refused", "Refused"]


def test_a_mark_in_a_source_is_not_taken_for_one_of_ours(reader):
    evidence = weigh(QUESTION, [found("a", "The harbour strike lasted 31 days [7].")], rarity, reader)

    assert evidence.sentences[0].text == "The harbour strike lasted 31 days."


def test_only_the_best_passages_are_kept(reader):
    many = [found(f"n{n}", f"Note {n} on the harbour.") for n in range(KEPT + 3)]

    assert len(weigh(QUESTION, many, rarity, reader).found) == KEPT


def test_only_what_is_read_closely_is_quoted(reader):
    many = [found(f"n{n}", f"Note {n} on the harbour.") for n in range(KEPT)]
    last = found("last", "The harbour strike lasted 31 days.", score=0.4)

    evidence = weigh(QUESTION, [*many, last], rarity, reader)

    assert len({sentence.n for sentence in evidence.sentences}) == CLOSELY
    assert evidence.sentences[0].answer == "31 days"


def test_how_sure_the_reader_is_goes_by_the_surest_of_all_passages(reader):
    about = found("about", "The harbour strike was led by Ada Lund, who had worked there for years.")
    says = found("says", "The harbour strike lasted 31 days, from May to June.")

    both, one = (weigh(QUESTION, passages, rarity, reader) for passages in ([about, says], [about]))

    assert both.surest > one.surest
    assert both.surest == weigh(QUESTION, [says], rarity, reader).surest


def test_nothing_found_is_no_evidence(reader):
    evidence = weigh(QUESTION, [], rarity, reader)

    assert (evidence.found, evidence.sentences, evidence.coverage) == ((), (), 0.0)


def test_sureness_rises_with_the_logit_between_0_and_1():
    assert 0 < sureness(-9.0) < sureness(0.0) == 0.5 < sureness(9.0) < 1
