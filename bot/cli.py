"""The program `picket`: every command, each a few lines over the parts that do the work.

What a command does not need is imported late: for a fast start, and so that Ctrl-C in the middle of
it ends as quietly as later on.
"""

import json
import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

import typer
from typer.exceptions import TyperException

from bot import terminal
from bot.facts_cli import facts_app
from knowledge.errors import IndexFault, IndexMismatch, IndexMissing, InvalidDocument, PicketError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.settings import BotSettings
    from ingest.submit import Told
    from knowledge.answer import Answerer
    from knowledge.library import Library
    from knowledge.types import Document

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell gives it."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(facts_app, name="facts")


def main() -> None:
    """Run a command; whatever goes wrong ends in one sentence and a non-zero exit code."""
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        code = app(standalone_mode=False)
        sys.stdout.flush()  # here, where a closed pipe can still be met
    except TyperException as error:  # such as an option that does not exist
        context: typer.Context | None = getattr(error, "ctx", None)
        command = context.command_path if context else "picket"
        problem = error.format_message().removeprefix("Invalid value: ").rstrip(".")
        _fail(f"{problem[:1].lower()}{problem[1:]}; see `{command} --help`", error.exit_code)
    except PicketError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # whoever read us has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}; check DATA_DIR, MODEL_DIR and the disk")
    except Exception as error:
        log.debug("unexpected", exc_info=True)
        _fail(f"something broke ({type(error).__name__}: {error}); LOG_LEVEL=DEBUG shows where")
    if code == INTERRUPTED and sys.stderr.isatty():
        print(file=sys.stderr)  # the shell's prompt gets a line of its own
    sys.exit(code)


def _fail(complaint: str, code: int = 1) -> NoReturn:
    terminal.complain(f"picket: {complaint}")
    sys.exit(code)


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Answers questions about the Hollywood strikes and AI in Hollywood, and cites every claim.

    Without a command: brings the starter corpus up to date, then starts the Discord bot where
    DISCORD_TOKEN is set, and else chats here.

    Example: `picket ask "How long did the 2023 actors' strike last?"`
    """
    if context.invoked_subcommand is None:
        from ingest.starter import ask_for_starter_corpus

        with _opened() as (settings, library):
            ask_for_starter_corpus(library, wanted=settings.starter_corpus)
            if settings.discord_token:
                _run_bot(settings, library, settings.discord_token)
            else:
                _chat(_answerer(settings, library))


@app.command("bot")
def start_bot() -> None:
    """Run the Discord bot, until Ctrl-C or SIGTERM; needs DISCORD_TOKEN.

    What `picket ingest` adds beside it is answered from at once.

    Example: `picket bot`
    """
    from ingest.starter import ask_for_starter_corpus

    with _opened() as (settings, library):
        if settings.discord_token is None:
            raise InvalidSetting(
                "the bot needs DISCORD_TOKEN, from Discord's Developer Portal, page Bot; see .env.example"
            )
        ask_for_starter_corpus(library, wanted=settings.starter_corpus)
        _run_bot(settings, library, settings.discord_token)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="In your own words.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A JSON object a line; - for standard input."),
    ] = None,
    guild: Annotated[str | None, typer.Option(help="Also search this guild's documents.")] = None,
) -> None:
    """Answer a question, or a file of them.

    Example: `picket ask "Who won the 2026 ratification vote?" --json`

    Example: `picket ask --batch questions.jsonl`, each line such as
    `{"id": 1, "question": "What is a digital replica?"}`
    """
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch FILE")
    if batch and guild:
        raise typer.BadParameter('with --batch, each line names its own "guild"')
    with _lines_of(batch) as lines, _opened() as (settings, library):
        _ask_for_starter_corpus_unless_own(settings, library)
        answerer = _answerer(settings, library)
        if question is None:
            _answer_lines(lines, answerer)
        else:
            _answer(question, answerer, guild, as_json=as_json)


@app.command()
def chat() -> None:
    """Chat in the terminal; reads one question a line where standard input is no terminal.

    Example: `picket chat < questions.txt`
    """
    with _opened() as (settings, library):
        _ask_for_starter_corpus_unless_own(settings, library)
        _chat(_answerer(settings, library))


@app.command()
def ingest(
    places: Annotated[list[str], typer.Argument(metavar="PLACE...", help="Files, folders or web addresses.")],
    guild: Annotated[str | None, typer.Option(help="For this guild alone; else for all.")] = None,
    title: Annotated[str | None, typer.Option(help="What a citation calls it.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who brought it out.")] = None,
    published: Annotated[str | None, typer.Option(help="When: YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    url: Annotated[str | None, typer.Option(help="Where a reader finds it.")] = None,
) -> None:
    """Add documents: txt, md, html, pdf and docx files, folders of them, web pages.

    A changed document replaces its old passages; one that is there already costs nothing.

    Example: `picket ingest contract.pdf --title "2026 MBA summary" --publisher WGA`
    """
    from ingest.submit import Told
    from knowledge.types import scope_of

    told = Told.checked(title, publisher, url, published)
    scope = scope_of(guild)
    with _opened() as (settings, library):
        documents, refused = _read_all(places, scope, told, settings.fetch_ports)
        outcomes = _seen_through(library, library.catalogue.ask(add=documents))
        for document, outcome in zip(documents, outcomes, strict=True):
            terminal.show_outcome(outcome, document.source.provenance.title, document.source.id)
    if refused or any(outcome.startswith("refused") for outcome in outcomes):
        raise typer.Exit(1)


@app.command()
def remove(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="As `picket documents` lists it.")],
) -> None:
    """Remove a document; nothing is answered from it any more.

    Example: `picket remove contract-3f2a1c0b9d8e7f64`
    """
    with _opened() as (_, library):
        title = library.catalogue.document(document_id).source.provenance.title
        for outcome in _seen_through(library, library.catalogue.ask(remove=[document_id])):
            terminal.show_outcome(outcome, title, document_id)


@app.command()
def refresh(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="As `picket documents` lists it.")],
) -> None:
    """Fetch a web page again that was added before; a newer version takes the old one's place.

    Example: `picket refresh agreement-3f2a1c0b9d8e7f64`
    """
    from ingest.submit import refresh as fetch_again

    with _opened() as (settings, library):
        newer = fetch_again(library, document_id, ports=settings.fetch_ports)
        outcomes = _seen_through(library, library.catalogue.ask(refresh=[newer])) if newer else ["unchanged"]
        title = (newer or library.catalogue.document(document_id)).source.provenance.title
        terminal.show_outcome(outcomes[0], title, document_id)


@app.command()
def documents(
    facts: Annotated[bool, typer.Option("--facts", help="List each shipped fact, too.")] = False,
) -> None:
    """List what is known: id, title, scope, passages, when it was added.

    Example: `picket documents`
    """
    with _opened() as (_, library):
        terminal.show_documents(library.catalogue.entries(), facts=facts)


@app.command()
def reindex() -> None:
    """Make all passages, vectors and the word index again from the catalogue.

    Needed after a change of EMBEDDING_MODEL, or when `picket doctor` says so.

    Example: `picket reindex`
    """
    from ingest.index import rebuild

    with _opened() as (_, library), library.lock():
        with terminal.progress_bar("Indexing") as progress:
            rebuild(library, progress)
        typer.echo(f"reindexed: {len(library.catalogue.entries())} documents")


@app.command("eval")
def evaluate_answers(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Questions with key points.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write eval.json and eval.png there, too.")
    ] = None,
    guild: Annotated[str | None, typer.Option(metavar="ID", help="Ask as in that guild.")] = None,
) -> None:
    """Ask questions whose key points are known, and say how good the answers are.

    Example: `picket eval tests/questions/tune/*.jsonl --out /tmp`
    """
    from bot import evaluation

    questions = [question for file in files for question in evaluation.read(file)]
    if not questions:
        raise InvalidDocument("there is no question in these files; name others")
    with _opened() as (settings, library):
        _ask_for_starter_corpus_unless_own(settings, library)
        figures = evaluation.summary(evaluation.evaluate(questions, _answerer(settings, library), guild))
    print(evaluation.table(figures))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "eval.json").write_text(json.dumps(figures, indent=1))
        (out / "eval.png").write_bytes(evaluation.picture(figures))


@app.command()
def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Make vectors and words that are lost or damaged anew.")
    ] = False,
) -> None:
    """Check the installation: versions, model, store, disk, lock; each line ✓ or what to do.

    Every vector and all words are compared with the catalogue.

    Example: `picket doctor --repair`
    """
    from bot.doctor import check

    fine = True
    for line in check(_settings(), repair=repair):
        typer.echo(f"{'✓' if line.fine else '✗'} {terminal.sentence(line.what)}")
        fine = fine and line.fine
    if not fine:
        raise typer.Exit(1)


def _settings() -> "BotSettings":
    """Read the settings; a provider finds its key in the environment, so `.env` goes there, too."""
    from dotenv import load_dotenv
    from pydantic import ValidationError

    from bot.settings import BotSettings

    load_dotenv(".env")
    try:
        settings = BotSettings()
    except ValidationError as error:
        fault = error.errors()[0]
        name, what = str(fault["loc"][0]).upper(), fault["msg"].removeprefix("Value error, ")
        raise InvalidSetting(f"the setting {name} is wrong ({what}); see .env.example") from error
    terminal.log_to_standard_error(settings.log_level)
    return settings


class InvalidSetting(PicketError):
    """A setting that cannot be used."""


@contextmanager
def _opened() -> "Iterator[tuple[BotSettings, Library]]":
    from knowledge.build import build_library

    settings = _settings()
    library = build_library(settings)
    try:
        yield settings, library
    finally:
        library.close()


def _ask_for_starter_corpus_unless_own(settings: "BotSettings", library: "Library") -> None:
    """A store that began with someone's own documents gets the starter corpus by `picket` only."""
    from ingest.starter import ask_for_starter_corpus

    if library.catalogue.note("corpus") or not library.catalogue.revision:
        ask_for_starter_corpus(library, wanted=settings.starter_corpus)


def _answerer(settings: "BotSettings", library: "Library", *, wait: bool = True) -> "Answerer":
    """Load all that answering needs, and wait until what is queued is indexed.

    Args:
        settings: which models.
        library: what is answered from.
        wait: also where answers can be given meanwhile; a first index is always waited for.
    """
    from knowledge.build import build_answerer

    with ThreadPoolExecutor(max_workers=2) as meanwhile:
        loading = [meanwhile.submit(_open_index, library), meanwhile.submit(getattr, library, "reader")]
        import knowledge.answer  # noqa: F401 - the chain; the models are read meanwhile

        for part in loading:
            part.result()
    catalogue = library.catalogue
    if not catalogue.revision or catalogue.note("rebuilding") or (wait and catalogue.waiting_count()):
        _catch_up(library)
    return build_answerer(settings, library)


def _open_index(library: "Library") -> None:
    """Load the encoder, and open the vectors if there are any; faults are told with the question."""
    from knowledge.types import STARTER

    library.encoder  # noqa: B018 - it is loaded when it is first asked for
    with suppress(IndexMissing, IndexMismatch, IndexFault):
        library.ready_to_read([STARTER])


def _catch_up(library: "Library") -> None:
    from ingest.submit import catch_up

    with terminal.progress_bar("Indexing") as progress:
        catch_up(library, progress)


def _run_bot(settings: "BotSettings", library: "Library", token: "SecretStr") -> None:
    import asyncio

    from bot.client import Rules, build_bot, run
    from ingest.index import writing
    from knowledge.build import build_facts, build_memory

    terminal.log_to_standard_error(settings.log_level, tracebacks=True)
    answerer, memory = _answerer(settings, library, wait=False), build_memory(settings)
    with closing(memory), closing(build_facts(settings)) as facts, writing(library):
        bot = build_bot(library, answerer, memory, facts, Rules.of(settings))
        asyncio.run(run(bot, token.get_secret_value()))


def _answer(question: str, answerer: "Answerer", guild: str | None, *, as_json: bool) -> None:
    from bot.batch import answered, parse

    request = parse({"question": question, "guild": guild})
    if as_json:
        typer.echo(json.dumps(answered(None, request, answerer)))
    else:
        terminal.show_answer(answerer.answer(question, guild=guild))


def _answer_lines(lines: Iterable[bytes], answerer: "Answerer") -> None:
    from bot.batch import respond_to_line

    for line in lines:
        if line.strip():
            print(respond_to_line(line, answerer), flush=True)


@contextmanager
def _lines_of(file: str | None) -> Iterator[Iterable[bytes]]:
    if file is None:
        yield []
    elif file == "-":
        yield sys.stdin.buffer
    else:
        with _readable(file) as lines:
            yield lines


def _readable(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise InvalidDocument(f"{file} cannot be read: {error.strerror}") from error


def _chat(answerer: "Answerer") -> None:
    """Answer line after line, each with the turns before it, until the end of the file."""
    from bot.batch import InvalidRequest, parse
    from knowledge.types import Turn

    terminal.greet()
    history: list[Turn] = []
    for question in terminal.questions():
        try:
            parse({"question": question})
        except InvalidRequest as error:
            terminal.complain(str(error))
            continue
        answer = answerer.answer(question, history)
        terminal.show_answer(answer)
        if not answer.abstained:
            history = [*history, Turn(question, answer.text)][-3:]


def _read_all(
    places: Sequence[str], scope: str, told: "Told", ports: Collection[int]
) -> "tuple[list[Document], int]":
    """Read what can be read, and count what is refused, said at once with the reason."""
    from ingest.index import Steps
    from ingest.submit import places_in, read

    all_places = [inner for outer in places for inner in places_in(outer)]
    if not all_places:
        raise InvalidDocument(f"there is no file in {', '.join(places)}; name another place")
    documents: list[Document] = []
    refused = 0
    with terminal.progress_bar("Reading") as progress:
        for done, place in enumerate(all_places, start=1):
            try:
                documents.append(read(place, scope, told, ports=ports))
            except InvalidDocument as error:
                terminal.complain(f"refused: {error}")
                refused += 1
            except UnicodeEncodeError:  # bytes that are no text, which the catalogue cannot hold
                terminal.complain(f"refused: {place} has a name that is not text: rename it")
                refused += 1
            progress(Steps(done, len(all_places)))
    return documents, refused


def _seen_through(library: "Library", jobs: list[int]) -> list[str]:
    from ingest.submit import see_through

    if not jobs:
        return []
    said: list[str] = []

    def waiting() -> None:
        if not said:
            said.append("Another Picket is writing; it will take this on. Ctrl-C leaves it queued.")
            terminal.complain(said[0])

    with terminal.progress_bar("Indexing") as progress:
        return see_through(library, jobs, progress, waiting)
