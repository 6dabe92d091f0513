"""What a person sees in the terminal. Answers go to standard output, all else to standard error."""

import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from ingest.index import Progress as Report
    from ingest.index import Steps
    from knowledge.catalogue import Entry
    from knowledge.types import Answer, Citation, Source

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

COMMANDS_TO_A_TERMINAL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
"""Control characters but tab and newline, and those that turn the direction of writing or have no width.
Joiners stay: emoji and some scripts need them."""
NAME_OF_A_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SHORTEST_SECRET = 8
"""Characters; whatever is shorter could be part of any word."""


def plain(text: str) -> str:
    """Take out what would move the cursor, colour the screen or turn the text round."""
    return COMMANDS_TO_A_TERMINAL.sub("", text)


def one_line(text: str) -> str:
    """Make a line of a title, a path or the like, whatever it holds."""
    return plain(" ".join(text.split()))


def sentence(complaint: str) -> str:
    """Bring an error of any length down to its first paragraph, on one line, without secrets."""
    return one_line(without_secrets(complaint).strip().partition("\n\n")[0])


def without_secrets(text: str) -> str:
    """Put a secret's name in the place of its value."""
    for name, value in os.environ.items():
        if NAME_OF_A_SECRET.search(name) and len(value) >= SHORTEST_SECRET:
            text = text.replace(value, f"<{name}>")
    return text


def log_to_standard_error(level: str, *, tracebacks: bool = False) -> None:
    """Set up the log; without tracebacks, and above DEBUG, an entry is one line."""
    handler = logging.StreamHandler()
    whole = tracebacks or level == "DEBUG"
    handler.setFormatter((_Whole if whole else _Line)(LINE))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it cannot read, we refuse ourselves


class _Whole(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = record.__dict__ | {"exc_info": None, "exc_text": None, "stack_info": None}
        lines = super().format(logging.makeLogRecord(fields)).strip().splitlines()
        # Of a child's long complaint the first line says what was tried, the last what went wrong.
        said = " … ".join(dict.fromkeys((lines[0], lines[-1])))
        if record.exc_info and (cause := record.exc_info[1]):
            said += f" ({type(cause).__name__}: {cause})"
        return sentence(said)


def greet() -> None:
    """Say how to chat, where a person is listening."""
    if sys.stdin.isatty():
        err.print("Ask about the Hollywood strikes and AI; an empty line ends the chat.")


def questions() -> Iterator[str]:
    """Read questions: from a person until an empty line, from a pipe until its end."""
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    import readline  # noqa: F401 - arrow keys and history in `input`

    while True:
        try:
            question = input("\n> ").strip()
        except EOFError:
            print(file=sys.stderr)  # noqa: T201 - the shell's prompt gets a line of its own
            return
        if not question:
            return
        yield question


def show_answer(answer: "Answer") -> None:
    """Print an answer with its sources."""
    show(answer.text, style="" if answer.abstained else "bold")
    for citation in answer.citations:
        show(source_line(citation))
        if url := citation.source.provenance.url:
            out.print(Text(f"    {plain(url)}"), soft_wrap=True)  # whole, so that it can be clicked
    if not answer.abstained:
        show(" ".join(remarks(answer)), style="dim")


def source_line(citation: "Citation") -> str:
    """Name a source: what the passage is, of what, by whom, when."""
    return f"[{citation.n}] {source_name(citation)} · {byline(citation.source)}"


def source_name(citation: "Citation") -> str:
    """Say what the passage is, and of what: a fact sums its source up, a document is quoted."""
    what = "Picket's summary of" if citation.source.kind == "fact" else "Quoted from"
    if "replaces" in citation.source.details:
        what = "This server's summary of"
    return f"{what} “{citation.source.title_cited}”"


def byline(source: "Source") -> str:
    """Say who brought a source out, where that is known, and when."""
    about = source.provenance
    return " · ".join(part for part in (about.publisher, about.published or "undated") if part)


def remarks(answer: "Answer") -> list[str]:
    """Say in sentences how sure an answer is, how it was checked, and what is to be known besides."""
    said = [f"Confidence: {in_words(answer.confidence)}."]
    if answer.checked:
        kept, all_of_them = answer.checked
        left_out = "" if kept == all_of_them else "; the rest is left out"
        said.append(f"{kept} of {all_of_them} sentence{'' if all_of_them == 1 else 's'} checked{left_out}.")
    return [*said, *([answer.note] if answer.note else [])]


def in_words(confidence: float) -> str:
    """Say how sure an answer is."""
    for least, words in ((0.9, "high"), (0.75, "fair")):
        if confidence >= least:
            return words
    return "low; check the source"


def show_outcome(outcome: str, title: str, document_id: str) -> None:
    """Print what came of a document, with the reason where there is one."""
    what, _, why = outcome.partition(": ")
    show(one_line(f"{what}: {title} ({document_id}{', ' if why else ''}{why})"))


def complain(complaint: str) -> None:
    """Say on standard error what did not work, and why."""
    err.print(Text(sentence(complaint)), soft_wrap=True)


def show_documents(entries: "Sequence[Entry]", *, facts: bool) -> None:
    """List documents: to a person two lines each, to a program one, with tabs between its fields.

    The shipped facts are one number unless asked for.
    """
    listed = [entry for entry in entries if facts or entry.source.kind == "document"]
    if listed and not out.is_terminal:
        out.file.write("id\ttitle\tscope\tpassages\tadded (UTC)\n")
    for entry in listed:
        id, scope, added = entry.source.id, entry.source.scope, f"{entry.added_at:%Y-%m-%d %H:%M}"
        title = one_line(entry.source.provenance.title)
        if out.is_terminal:
            passages = f"{entry.passages} passage{'' if entry.passages == 1 else 's'}"
            out.print(Text.assemble((id, "bold"), f"  {title}"))
            show(f"    {scope} · {passages} · added {added} UTC", style="dim")
        else:  # by hand: Rich turns tabs into spaces
            out.file.write(f"{id}\t{title}\t{scope}\t{entry.passages}\t{added}\n")
    if hidden := len(entries) - len(listed):
        err.print(f"{hidden} facts of the starter corpus; --facts lists them.")
    if not entries:
        err.print("No documents yet: `make run` adds the starter corpus, `picket ingest FILE` your own.")


def show(text: str, style: str = "") -> None:
    """Print to standard output, broken between words for a terminal and not at all elsewhere."""
    out.print(Text(plain(text), style), soft_wrap=not out.is_terminal)


@contextmanager
def progress_bar(label: str) -> "Iterator[Report]":
    """Show how far the work is, from its first report on; without a terminal, say how much."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=err)
    task = bar.add_task(label, total=None)
    said = False

    def report(steps: "Steps") -> None:
        nonlocal said
        if err.is_terminal:
            bar.update(task, completed=steps.done, total=steps.known)
            bar.start()
        elif steps.done < steps.known and not said:
            said = True
            err.print(f"{label} {steps.known} document{'' if steps.known == 1 else 's'}", soft_wrap=True)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()
