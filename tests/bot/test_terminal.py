"""What a person sees."""

import logging

import pytest

from bot import terminal
from ingest.index import Steps
from knowledge.catalogue import Entry
from knowledge.schema import now
from knowledge.types import Answer, Citation, Provenance, Source

SCREEN_CLEARED = "\x1b[2J\x1b]0;owned\x07\u202eevil"


def citation(title="A title", *, kind="document", details=None, **about):
    return Citation(1, Source("a-1", "starter", kind, Provenance(title, **about), details or {}), "Text.")


def shown(capsys, answer):
    terminal.show_answer(answer)
    return capsys.readouterr().out


def test_a_shipped_fact_is_a_summary_of_what_it_cites():
    details = {"sources": [{"title": "Strike ends"}]}
    line = terminal.source_line(
        citation("Length in days", kind="fact", details=details, publisher="Variety", published="2023-11")
    )

    assert line == "[1] Picket's summary of “Strike ends” · Variety · 2023-11"


def test_a_document_is_quoted_and_may_be_undated():
    assert terminal.source_line(citation()) == "[1] Quoted from “A title” · undated"


def test_what_a_source_says_does_nothing_to_the_terminal(capsys):
    source = citation(f"{SCREEN_CLEARED} [red]no markup[/red] :smile:", url=f"https://a.org/{SCREEN_CLEARED}")

    out = shown(capsys, Answer("Q?", f"{SCREEN_CLEARED} Yes. [1]", (source,), 1.0, "quoting"))

    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "[red]no markup[/red] :smile:" in out
    assert "Yes. [1]" in out


def test_a_title_cannot_add_a_line_or_a_field_to_the_list(capsys):
    entry = Entry(citation("Two\nlines\tand a tab").source, 3, now())

    terminal.show_documents([entry], facts=False)

    header, line = capsys.readouterr().out.splitlines()
    assert len(line.split("\t")) == len(header.split("\t")) == 5
    assert line.split("\t")[1] == "Two lines and a tab"


def test_an_abstention_shows_no_confidence_and_no_source(capsys):
    assert shown(capsys, Answer("Q?", "I do not know.", (), 0.1, None)) == "I do not know.\n"


def test_work_done_at_once_is_not_announced_to_a_log(capsys):
    with terminal.progress_bar("Indexing"):
        pass
    with terminal.progress_bar("Indexing") as progress:
        progress(Steps(1, 1))
    assert capsys.readouterr().err == ""

    with terminal.progress_bar("Indexing") as progress:
        progress(Steps(32, 887))
        progress(Steps(64, 887))
    assert capsys.readouterr().err == "Indexing 887 documents\n"


@pytest.fixture
def log(capsys):
    """The log as the program sets it up, and what it has printed."""
    before = logging.root.handlers[:], logging.root.level

    def printed(level):
        terminal.log_to_standard_error(level)
        try:
            raise ValueError("first\nsecond sk-0123456789")  # noqa: TRY301
        except ValueError:
            logging.getLogger("test").exception("tried\nTraceback (most recent call last)\nlast words")
        return capsys.readouterr().err

    yield printed
    logging.root.handlers[:], logging.root.level = before


def test_a_log_entry_is_one_line_that_keeps_secrets(log, monkeypatch):
    monkeypatch.setenv("ANY_API_KEY", "sk-0123456789")
    line = log("WARNING")

    assert line.count("\n") == 1
    assert "Traceback" not in line
    assert line.endswith("tried … last words (ValueError: first second <ANY_API_KEY>)\n")


def test_at_debug_the_log_tells_where(log):
    assert 'raise ValueError("first' in log("DEBUG")
