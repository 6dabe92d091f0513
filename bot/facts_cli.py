"""`picket facts …`: the sourced facts, one command away; no model, no index, no network."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import terminal
from bot.terminal import one_line, show
from knowledge.errors import PicketError

if TYPE_CHECKING:
    from knowledge.facts import Corpus, Fact, FactSource
    from knowledge.quick import Card, QuickFacts
    from knowledge.sides import Lane, Standing

facts_app = typer.Typer(rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]})


@facts_app.callback()
def facts() -> None:
    """Look a fact up: the date, the number, the definition, each with its source.

    Example: `picket facts find "actors strike length"`
    """


@facts_app.command("list")
def list_facts(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array, with every field.")] = False,
) -> None:
    """List all facts.

    Example: `picket facts list --json`
    """
    listed = _corpus().facts
    if as_json:
        lines = (json.dumps(fact.model_dump(mode="json", exclude_none=True)) for fact in listed)
        typer.echo("[\n" + ",\n".join(lines) + "\n]")
    else:
        _show_list(listed)


@facts_app.command()
def find(
    text: Annotated[str, typer.Argument(help="Some words of a title; they may be misspelt or unfinished.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 10,
) -> None:
    """Find facts by their titles, subjects and ids, best first.

    Example: `picket facts find "digital replca consent"`
    """
    found = _quick().find(text, limit)
    if not found:
        raise PicketError(f"no fact fits {text!r}; try fewer words")
    _show_list(found)


@facts_app.command("show")
def show_fact(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `picket facts find` gives it.")],
) -> None:
    """Show a fact with its sources, what disputes it and what replaced it.

    Example: `picket facts show wga-2023-duration`
    """
    quick = _quick()
    fact = quick.fact(id)
    _show_card(quick.card(fact))
    if related := quick.related(fact):
        show("Related:", style="dim")
        for other in related:
            show(f"  {other.id}  {other.title}", style="dim")


@facts_app.command()
def timeline(
    about: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="A topic, a strike, a contract, a law; else all strikes."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise.")] = None,
    picture: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw it instead.")] = None,
    light: Annotated[bool, typer.Option("--light", help="Draw dark on light.")] = False,
) -> None:
    """Lay out what happened when, several strikes side by side, each entry with its source.

    Example: `picket facts timeline "actors' strike" --from 2023-10 --to 2023-12`

    Example: `picket facts timeline --picture strikes.png`
    """
    from knowledge.sides import timeline as lanes_of

    lanes = lanes_of(_quick(), about, start, end)
    if picture is None:
        _show_lanes(lanes)
    else:
        from bot.timeline import draw

        _write(picture, draw(lanes, light=light))


@facts_app.command()
def define(term: Annotated[str, typer.Argument(help="A term, a union, a contract, a law.")]) -> None:
    """Define a term.

    Example: `picket facts define mini-room`
    """
    _show_card(_quick().define(term))


@facts_app.command()
def who(
    name: Annotated[str, typer.Argument(help="A person or an organisation.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many facts.")] = 5,
) -> None:
    """Tell who a person or an organisation is.

    Example: `picket facts who "president of SAG-AFTRA"`
    """
    quick = _quick()
    found = quick.who(name)
    show(found.name, style="bold underline")
    for fact in found.facts[:limit]:
        _show_card(quick.card(fact), all_sources=False)
    if (hidden := len(found.facts) - limit) > 0:
        show(f"{hidden} more; --limit {len(found.facts)} shows them.", style="dim")


@facts_app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A contract, a strike, a law, a case or a union.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    aspect: Annotated[str | None, typer.Option(help="Such as wages, expiry, or AI for all on that.")] = None,
) -> None:
    """Compare two contracts, strikes or laws, aspect by aspect.

    Example: `picket facts compare "writers' contract 2023" "actors' contract 2023" --aspect AI`
    """
    from knowledge.sides import compare as compared

    comparison = compared(_quick(), a, b, aspect)
    for row in comparison.rows:
        show(row.heading, style="bold")
        for subject, cards in ((comparison.left, row.left), (comparison.right, row.right)):
            show(f"  {subject.name}:{'' if cards else ' nothing known'}", style="underline")
            for card in cards:
                show(f"    {card.fact.short_answer}")
                show(f"      {_provenance(card.fact)}", style="dim")
                _show_reservations(card, "      ")


@facts_app.command()
def status() -> None:
    """Tell what is in force today, and when each contract expires.

    Example: `picket facts status`
    """
    from knowledge.dates import in_words
    from knowledge.sides import status as status_on

    stands = status_on(_quick(), datetime.now().astimezone().date())
    show(f"On {in_words(stands.today.isoformat())}, as known to {in_words(stands.known_until)}", style="bold")
    _show_standings("On strike", stands.strikes)
    _show_standings("Contracts in force", stands.contracts)
    _show_standings("Contracts whose end is not known", stands.open_ended)
    _show_standings("Expired, without a successor that is known", stands.expired)
    _show_standings("Laws and bills", stands.laws)


def _corpus() -> "Corpus":
    from knowledge.facts import load

    corpus = load()
    for fault in corpus.faults:
        terminal.complain(f"refused: {fault}")
    return corpus


def _quick() -> "QuickFacts":
    from knowledge.quick import QuickFacts

    corpus = _corpus()
    return QuickFacts(corpus.facts, corpus.subjects)


def _write(file: Path, picture: bytes) -> None:
    try:
        file.write_bytes(picture)
    except OSError as error:
        raise PicketError(f"{file} cannot be written: {error.strerror}; name another file") from error
    typer.echo(f"drawn: {file}")


def _show_list(facts: "Iterable[Fact]") -> None:
    """List facts: to a person two lines each, to a program one, with tabs between its fields."""
    for fact in facts:
        if terminal.out.is_terminal:
            show(fact.title, style="bold")
            show(f"    {fact.short_answer} · {fact.id}")
        else:  # by hand: Rich turns tabs into spaces
            typer.echo(f"{fact.id}\t{one_line(fact.title)}\t{one_line(fact.short_answer)}")


def _show_card(card: "Card", *, all_sources: bool = True) -> None:
    """Show a fact with what must be said along with it."""
    fact = card.fact
    show(fact.title, style="bold")
    show(fact.statement)
    _show_reservations(card)
    for n, source in enumerate(fact.sources if all_sources else fact.sources[:1], start=1):
        show(f"[{n}] {source_line(source)}")
        show(f"    {source.url}")


def _show_reservations(card: "Card", indent: str = "") -> None:
    from knowledge.dates import in_words

    note = f"Note: {card.fact.note}" if card.fact.note else None
    as_of = f"As of {in_words(card.as_of)}." if card.as_of else None
    for line in (card.past, card.dispute, note, card.caution, as_of):
        if line:
            show(f"{indent}{line}", style="dim")


def source_line(source: "FactSource") -> str:
    """Name a source: what, by whom, when."""
    return f"“{source.title}” · {source.publisher} · {source.published or 'undated'}"


def _provenance(fact: "Fact") -> str:
    """Name a fact, and who says so, in one line."""
    return f"{fact.id} · {fact.title} · {fact.sources[0].publisher}, {fact.sources[0].url}"


def _show_lanes(lanes: "tuple[Lane, ...]") -> None:
    """Show lanes as columns of a graph, with what happened beside them, in order of date."""
    from knowledge.sides import merged

    for place, lane in enumerate(lanes):
        show(f"{'│ ' * place}┌ {lane.title}", style="bold")
    for moment in merged(lanes):
        fact, source = moment.fact, moment.fact.sources[0]
        graph = "".join(f"{mark} " for mark in moment.marks)
        show(f"{graph}{moment.day:<10}  {fact.title}: {fact.short_answer}")
        show(f"{'  ' * len(lanes)}{'':<10}  {source.publisher}, {source.url}", style="dim")


def _show_standings(heading: str, standings: "Iterable[Standing]") -> None:
    from knowledge.dates import in_words

    show(heading, style="bold")
    for standing in standings:
        subject, fact = standing.subject, standing.fact
        until = f", until {in_words(subject.ends)}" if subject.ends else ""
        show(f"  {subject.name}{until}")
        show(f"    {fact.short_answer}")
        show(f"    {_provenance(fact)}", style="dim")
    if not standings:
        show("  none known", style="dim")
