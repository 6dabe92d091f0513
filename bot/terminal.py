"""What a person sees in the terminal. Answers go to standard output, all else to standard error."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingest.index import Progress as Report
from knowledge.catalogue import Entry
from knowledge.types import Answer, Citation

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def log_to_standard_error(level: str) -> None:
    """Set up the log; below DEBUG an entry is a line, without its traceback."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and not logging.getLogger().isEnabledFor(logging.DEBUG):
            cause = record.exc_info[1]
            short = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})
            return f"{super().format(short)} ({type(cause).__name__}: {cause})"
        return super().format(record)


def greet() -> None:
    """Say how to chat, where a person is listening."""
    if sys.stdin.isatty():
        err.print("Ask about the Hollywood strikes and AI in Hollywood; an empty line ends the chat.")


def questions() -> Iterator[str]:
    """Read questions: from a person until an empty line, from a pipe until its end."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    import readline  # noqa: F401 - arrow keys and history in `input`

    while True:
        try:
            question = input("\n> ").strip()
        except EOFError:
            return
        if not question:
            return
        yield question


def show_answer(answer: Answer) -> None:
    """Print an answer with its sources."""
    out.print(Text(answer.text, style="" if answer.abstained else "bold"), soft_wrap=True)
    for citation in answer.citations:
        out.print(Text(source_line(citation)), soft_wrap=True)
    if not answer.abstained:
        out.print(Text(f"Confidence: {in_words(answer.confidence)}.", style="dim"))


def source_line(citation: Citation) -> str:
    """Name a source: what the passage is, of what, by whom, when, where."""
    about = citation.source.provenance
    what = "Picket's summary of" if citation.source.kind == "fact" else "Quoted from"
    title = citation.source.details.get("sources", [{}])[0].get("title", about.title)
    parts = [f"[{citation.n}] {what} “{title}”", about.publisher, about.published or "undated", about.url]
    return " · ".join(part for part in parts if part)


def in_words(confidence: float) -> str:
    """Say how sure an answer is."""
    for least, words in ((0.9, "high"), (0.75, "fair")):
        if confidence >= least:
            return words
    return "low; check the source"


def show_documents(entries: Sequence[Entry], *, facts: bool) -> None:
    """Print the list of documents; the shipped facts as one line unless asked for."""
    listed = [entry for entry in entries if facts or entry.source.kind == "document"]
    if listed:
        table = Table("id", "title", "scope", "passages", "added (UTC)", box=None, pad_edge=False)
        for entry in listed:
            source = entry.source
            added = f"{entry.added_at:%Y-%m-%d %H:%M}"
            cells = (source.id, source.provenance.title, source.scope, str(entry.passages), added)
            table.add_row(*(Text(cell, overflow="fold") for cell in cells))
        out.print(table)
    if hidden := len(entries) - len(listed):
        out.print(f"{hidden} facts of the starter corpus; --facts lists them.")
    if not entries:
        out.print("No documents yet: `make run` adds the starter corpus, `picket ingest FILE` your own.")


@contextmanager
def progress_bar(label: str) -> Iterator[Report]:
    """Show how far the work is, from its first report on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(label, visible=False)

        def report(done: int, known: int) -> None:
            bar.update(task, completed=done, total=known, visible=True)

        yield report
