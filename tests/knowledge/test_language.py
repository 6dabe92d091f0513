import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.language import _identifier, foreign_language

QUESTIONS = Path(__file__).parents[1] / "questions"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("¿Cuándo terminó la huelga de actores?", "es"),
        ("cuando termino la huelga de guionistas", "es"),
        ("Quand la grève des acteurs a-t-elle pris fin ?", "fr"),
        ("wann endete der streik der schauspieler", "de"),
        ("quanto tempo durou a greve dos atores", "pt"),
        ("quando è finito lo sciopero degli attori", "it"),
        ("ストライキはいつ終わりましたか", "ja"),
    ],
)
def test_a_question_in_another_language_is_told(question, language):
    assert foreign_language(question) == language


def test_no_question_in_members_own_english_is_taken_for_another_language():
    questions = [json.loads(line)["question"] for file in QUESTIONS.rglob("*.jsonl") for line in file.open()]

    assert questions
    assert [question for question in questions if foreign_language(question)] == []


@pytest.mark.parametrize("text", ["", "???", "🎬", "sag aftra", "amptp", "wga mba 2026"])
def test_what_is_no_sentence_is_of_no_other_language(text):
    assert foreign_language(text) is None


def test_the_model_is_loaded_once_by_however_many_come_first():
    _identifier.cache_clear()
    with ThreadPoolExecutor() as threads:
        list(threads.map(foreign_language, ["when did it end"] * 4))

    assert _identifier.cache_info().misses == 1
