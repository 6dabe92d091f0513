"""The program `picket`: every command, each a few lines over the parts that do the work."""

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from bot import terminal
from bot.settings import BotSettings
from ingest.index import rebuild
from ingest.starter import ask_for_starter_corpus
from ingest.submit import Told, catch_up, places_in, read, see_through
from knowledge.build import build_answerer, build_library
from knowledge.errors import InvalidDocument, PicketError
from knowledge.library import Library
from knowledge.types import Document, scope_of

if TYPE_CHECKING:
    from knowledge.answer import Answerer

log = logging.getLogger(__name__)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run a command; whatever goes wrong ends in one sentence and a non-zero exit code."""
    try:
        app()
    except PicketError as error:
        _fail(str(error))
    except ValidationError as error:
        fault = error.errors()[0]
        _fail(f"the setting {str(fault['loc'][0]).upper()} is wrong ({fault['msg']}); see .env.example")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read us has had enough
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        log.debug("unexpected", exc_info=True)
        _fail(f"something broke ({type(error).__name__}: {error}); LOG_LEVEL=DEBUG shows where")


def _fail(sentence: str) -> None:
    print(f"picket: {sentence}", file=sys.stderr)
    sys.exit(1)


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Answers questions about the Hollywood strikes and AI in Hollywood, and cites every claim.

    Without a command: brings the starter corpus up to date, then chats here.

    Example: `picket ask "How long did the 2023 actors' strike last?"`
    """
    if context.invoked_subcommand is None:
        with _opened() as (settings, library):
            ask_for_starter_corpus(library, wanted=settings.starter_corpus)
            _chat(_answerer(settings, library))


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="In your own words.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    batch: Annotated[
        str | None, typer.Option(help="A file with a JSON object a line; - for standard input.")
    ] = None,
    guild: Annotated[str | None, typer.Option(help="Also search this guild's documents.")] = None,
) -> None:
    """Answer a question, or a file of them.

    Example: `picket ask "Who won the 2026 ratification vote?" --json`

    Example: `echo '{"id": 1, "question": "What is a digital replica?"}' | picket ask --batch -`
    """
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch FILE")
    with _opened() as (settings, library):
        _ask_for_starter_corpus_unless_own(settings, library)
        answerer = _answerer(settings, library)
        if batch is not None:
            _answer_lines(batch, answerer)
        elif question is not None:
            _answer(question, answerer, guild, as_json=as_json)


@app.command()
def chat() -> None:
    """Chat in the terminal; reads one question a line where standard input is no terminal.

    Example: `echo "When did the writers' strike end?" | picket chat`
    """
    with _opened() as (settings, library):
        _ask_for_starter_corpus_unless_own(settings, library)
        _chat(_answerer(settings, library))


@app.command()
def ingest(
    places: Annotated[list[str], typer.Argument(help="Files, folders or web addresses.")],
    guild: Annotated[str | None, typer.Option(help="For this guild alone; else for all.")] = None,
    title: Annotated[str | None, typer.Option(help="What a citation calls it.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who brought it out.")] = None,
    published: Annotated[
        str | None, typer.Option(help="When: YYYY, YYYY-MM or YYYY-MM-DD.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where a reader finds it.")] = None,
) -> None:
    """Add documents: txt, md, html, pdf and docx files, folders of them, web pages.

    A changed document replaces its old passages; one that is there already costs nothing.

    Example: `picket ingest contract.pdf --title "2026 MBA summary" --publisher WGA`
    """
    told = Told.checked(title, publisher, url, published)
    scope = scope_of(guild)
    with _opened() as (_settings, library):
        documents, refused = _read_all(places, scope, told)
        outcomes = _seen_through(library, library.catalogue.ask(add=documents))
        for document, outcome in zip(documents, outcomes, strict=True):
            typer.echo(f"{outcome}: {document.source.provenance.title} ({document.source.id})")
    if refused or any(outcome.startswith("refused") for outcome in outcomes):
        raise typer.Exit(1)


@app.command()
def remove(document_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Remove a document; nothing is answered from it any more.

    Example: `picket remove contract-3f2a1c`
    """
    with _opened() as (_settings, library):
        document = library.catalogue.document(document_id)
        _seen_through(library, library.catalogue.ask(remove=[document_id]))
        typer.echo(f"removed: {document.source.provenance.title} ({document_id})")


@app.command()
def documents(
    facts: Annotated[bool, typer.Option("--facts", help="List each shipped fact, too.")] = False,
) -> None:
    """List what is known: id, title, scope, passages, when it was added.

    Example: `picket documents`
    """
    with _opened() as (_settings, library):
        terminal.show_documents(library.catalogue.entries(), facts=facts)


@app.command()
def reindex() -> None:
    """Make all passages, vectors and the word index again from the catalogue.

    Needed after a change of EMBEDDING_MODEL, or when `picket doctor` says so.

    Example: `EMBEDDING_MODEL=BAAI/bge-small-en-v1.5 picket reindex`
    """
    with _opened() as (_settings, library), library.lock():
        with terminal.progress_bar("Indexing") as progress:
            rebuild(library, progress)
        typer.echo(f"reindexed {len(library.catalogue.entries())} documents")


@app.command()
def doctor() -> None:
    """Check the installation: versions, model, store, disk, lock; each line ✓ or what to do.

    Example: `picket doctor`
    """
    from bot.doctor import check

    checks = list(check(_settings()))
    for line in checks:
        typer.echo(f"{'✓' if line.fine else '✗'} {line.what}")
    if not all(line.fine for line in checks):
        raise typer.Exit(1)


def _settings() -> BotSettings:
    settings = BotSettings()
    terminal.log_to_standard_error(settings.log_level)
    return settings


@contextmanager
def _opened() -> Iterator[tuple[BotSettings, Library]]:
    settings = _settings()
    library = build_library(settings)
    try:
        yield settings, library
    finally:
        library.close()


def _ask_for_starter_corpus_unless_own(settings: BotSettings, library: Library) -> None:
    """A store that began with a person's own documents gets the starter corpus from `picket` only."""
    if library.catalogue.note("corpus") or not library.catalogue.revision:
        ask_for_starter_corpus(library, wanted=settings.starter_corpus)


def _answerer(settings: BotSettings, library: Library) -> "Answerer":
    with terminal.progress_bar("Indexing") as progress:
        catch_up(library, progress)
    return build_answerer(settings, library)


def _answer(question: str, answerer: "Answerer", guild: str | None, *, as_json: bool) -> None:
    if as_json:
        from bot.batch import respond

        typer.echo(respond({"question": question, "guild": guild}, answerer))
    else:
        terminal.show_answer(answerer.answer(question, guild=guild))


def _answer_lines(file: str, answerer: "Answerer") -> None:
    from bot.batch import respond_to_line

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with _lines_of(file) as lines:
        for line in lines:
            if line.strip():
                print(respond_to_line(line, answerer), flush=True)


@contextmanager
def _lines_of(file: str) -> Iterator[Iterable[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield lines
    except OSError as error:
        raise InvalidDocument(f"{file} cannot be read: {error.strerror}") from error


def _chat(answerer: "Answerer") -> None:
    """Answer line after line, each with the turns before it, until the end of the file."""
    from knowledge.answer import Turn

    terminal.greet()
    history: list[Turn] = []
    for question in terminal.questions():
        answer = answerer.answer(question, history)
        terminal.show_answer(answer)
        if not answer.abstained:
            history = [*history, Turn(question, answer.text)][-3:]


def _read_all(places: Sequence[str], scope: str, told: Told) -> tuple[list[Document], int]:
    """Read what can be read, and count what is refused, said at once with the reason."""
    read_so_far: list[Document] = []
    refused = 0
    for place in (inner for outer in places for inner in places_in(outer)):
        try:
            read_so_far.append(read(place, scope, told))
        except InvalidDocument as error:
            typer.echo(f"refused: {error}", err=True)
            refused += 1
    return read_so_far, refused


def _seen_through(library: Library, jobs: list[int]) -> list[str]:
    if not jobs:
        return []
    said: list[str] = []

    def waiting() -> None:
        if not said:
            said.append("Another Picket is writing; it will take this on. Ctrl-C leaves it queued.")
            typer.echo(said[0], err=True)

    with terminal.progress_bar("Indexing") as progress:
        return see_through(library, jobs, progress, waiting)
