"""Judging answers to questions whose key points are known."""

import json

import pytest

from bot import evaluation
from bot.evaluation import holds, judge, risk_coverage, summary
from knowledge.errors import InvalidDocument

QUESTION = {"id": "1", "question": "When and by whom?", "answers": [["3 May 1891"], ["Brandt", "Amalia"]]}
NOBODY_KNOWS = {"id": "2", "question": "Why?", "answers": []}
CITATION = {"n": 1, "passage": "It was lit on 3 May 1891 by Amalia Brandt.", "url": None, "title": "Corvo"}


def said(text, *, confidence=0.9, citations=(CITATION,)):
    answer = {"id": "1", "answer": text, "abstained": not citations, "confidence": confidence}
    return answer | {"elapsed_ms": 5, "citations": list(citations)}


REFUSED = said("My sources hold nothing on that.", confidence=0.1, citations=())


def test_an_answer_with_every_key_point_is_right():
    verdict = judge(QUESTION, said("On 3 May 1891, by Amalia. [1]"))

    assert verdict.right
    assert (verdict.points, verdict.supported, verdict.marked) == (1.0, 1.0, True)


@pytest.mark.parametrize(
    "text", ["On 3 May 1891. [1]", "On 3 May 1891, by Brandt. [1]" + " So it was." * 90, "By Brandt. [1]"]
)
def test_an_answer_that_lacks_a_point_or_goes_on_and_on_is_not(text):
    assert not judge(QUESTION, said(text)).right


def test_an_answer_that_says_what_is_stale_is_not_right():
    question = QUESTION | {"must_not": ["1890"]}

    assert not judge(question, said("Not in 1890 but on 3 May 1891, by Brandt. [1]")).right


def test_what_no_cited_passage_holds_is_not_supported():
    elsewhere = CITATION | {"passage": "Brandt was her name."}

    assert judge(QUESTION, said("3 May 1891, Brandt [1]", citations=[elsewhere])).supported == 0.5


def test_a_mark_without_a_citation_does_not_resolve():
    assert judge(QUESTION, said("3 May 1891, Brandt [2]")).marked is False


def test_what_cannot_be_answered_is_right_when_refused():
    assert judge(NOBODY_KNOWS, REFUSED).right
    assert not judge(NOBODY_KNOWS, said("Because. [1]")).right
    assert not judge(QUESTION, REFUSED).right


def test_a_false_premise_may_be_refused():
    assert judge(QUESTION | {"type": "false_premise"}, REFUSED).right


def test_a_line_that_could_not_be_answered_is_not_right():
    assert not judge(QUESTION, {"id": "1", "error": "question: should not be empty"}).right


@pytest.mark.parametrize(
    ("text", "point"), [("1,000 people", "1000"), ("the 4–3 vote", "4-3"), ("“Yes”, it’s", '"yes", it\'s')]
)
def test_points_are_looked_for_whatever_signs_are_used(text, point):
    assert holds(text, [point])


def test_risk_is_told_for_the_surest_first():
    right = judge(QUESTION, said("3 May 1891, Brandt [1]", confidence=0.9))
    wrong = judge(QUESTION, said("Never. [1]", confidence=0.6))

    assert risk_coverage([wrong, judge(NOBODY_KNOWS, REFUSED), right]) == [(1 / 3, 0.0), (2 / 3, 0.5)]


def test_the_worst_cases_are_those_that_were_sure():
    unsure, sure = (judge(QUESTION, said("Never. [1]", confidence=sure)) for sure in (0.5, 0.95))

    assert [case["confidence"] for case in summary([unsure, sure])["worst"]] == [0.95, 0.5]


def test_what_is_no_question_is_refused_with_its_place(tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(QUESTION) + "\n{}\n")

    with pytest.raises(InvalidDocument, match="question 2"):
        evaluation.read(file)


def test_the_program_prints_the_figures_and_draws_them(keeping, tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(QUESTION | {"question": "Who was the first keeper at Corvo, lit in 1891?"}))

    done = keeping("eval", file, "--out", tmp_path / "out")

    assert done.returncode == 0
    assert "all answerable" in done.stdout
    assert (tmp_path / "out" / "eval.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "out" / "eval.json").read_text())["by_type"]["all"]["n"] == 1
