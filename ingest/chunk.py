"""From a clean text to passages that the encoder can read whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.clean import ends_sentence, is_list_item
from knowledge.sentences import sentences, with_title

_HEADING_WORDS = 15
_LONGEST_TOKEN = 20
"""Characters that count as a token at least: a word over a hundred letters long is one to WordPiece, however
long it is."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not torn apart: a sentence, or as much of it as fits, with the headings above it."""

    text: str
    tokens: int
    opens_line: bool


def chunk(  # noqa: PLR0913 - the knobs of one step
    text: str,
    title: str,
    count_tokens: Callable[[str], int],
    *,
    target: int = 200,
    overlap: int = 1,
    limit: int = 256,
) -> list[str]:
    """Pack whole sentences, in order, into passages.

    Args:
        text: as `ingest.clean` leaves it.
        title: stands in front of every passage when it is embedded, and is not in what returns.
        count_tokens: how many tokens the encoder reads of a string, special ones included.
        target: tokens of a passage, as far as whole sentences allow.
        overlap: how many sentences a passage repeats from the one before, where they fit.
        limit: `with_title(title, passage)` never has more tokens, if the title leaves any.
    """
    empty = count_tokens(with_title(title, ""))
    room = limit - empty

    def cost(passage: str) -> int:
        least = max(1, len(passage) // _LONGEST_TOKEN)  # what it drops takes room as well
        if least > room:
            return least  # to count what does not fit would hold up all else
        return max(least, count_tokens(with_title(title, passage)) - empty)

    packs = _packed(_units(text, cost, room), min(target, room), room, overlap)
    return [passage for pack in packs for passage in _fitting(pack, cost, room)]


def _units(text: str, cost: Callable[[str], int], room: int) -> Iterator[_Unit]:
    headings: list[_Unit] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if _is_heading(line):
            headings += _pieces([line], cost, room)
            continue
        first, *others = _pieces(sentences(line), cost, room)
        yield from _under(headings, first, cost, room)
        yield from others
        headings = []
    yield from headings


def _is_heading(line: str) -> bool:
    short = len(line.split()) <= _HEADING_WORDS
    return short and not (ends_sentence(line) or is_list_item(line) or line.endswith((",", ";")))


def _pieces(texts: list[str], cost: Callable[[str], int], room: int) -> list[_Unit]:
    """Units of one line."""
    pieces = [piece for text in texts for piece in _split(text, cost, room)]
    return [_Unit(text, tokens, at == 0) for at, (text, tokens) in enumerate(pieces)]


def _split(text: str, cost: Callable[[str], int], room: int) -> Iterator[tuple[str, int]]:
    """Halve a text between words, or else within its only word, until the pieces fit."""
    tokens = cost(text)
    if tokens <= room or len(text) == 1:
        yield text, tokens
        return
    words = text.split()
    parts, glue = (words, " ") if len(words) > 1 else (list(text), "")
    middle = len(parts) // 2
    yield from _split(glue.join(parts[:middle]), cost, room)
    yield from _split(glue.join(parts[middle:]), cost, room)


def _under(headings: list[_Unit], first: _Unit, cost: Callable[[str], int], room: int) -> Iterator[_Unit]:
    """Bind headings to the sentence below them, unless all that is too much for one passage."""
    bound = _joined([*headings, first])
    tokens = cost(bound) if headings else first.tokens
    if tokens <= room:
        yield _Unit(bound, tokens, opens_line=True)
    else:
        yield from [*headings, first]


def _packed(units: Iterator[_Unit], target: int, room: int, overlap: int) -> Iterator[list[_Unit]]:
    pack: list[_Unit] = []
    repeated = 0
    for unit in units:
        if len(pack) > repeated and _tokens(pack) + unit.tokens > target:
            yield pack
            pack = _tail(pack, overlap, room - unit.tokens)
            repeated = len(pack)
        pack = [*pack, unit]
    if pack:
        yield pack


def _tail(pack: list[_Unit], overlap: int, room: int) -> list[_Unit]:
    """Never all of a pack, or the next one would only be a longer copy."""
    tail = pack[max(1, len(pack) - overlap) :]
    while _tokens(tail) > room:
        tail = tail[1:]
    return tail


def _tokens(pack: list[_Unit]) -> int:
    return sum(unit.tokens for unit in pack)


def _fitting(pack: list[_Unit], cost: Callable[[str], int], room: int) -> Iterator[str]:
    """Halve a pack that has more tokens than its units; with WordPiece that never happens."""
    text = _joined(pack)
    if len(pack) == 1 or cost(text) <= room:
        yield text
        return
    middle = len(pack) // 2
    yield from _fitting(pack[:middle], cost, room)
    yield from _fitting(pack[middle:], cost, room)


def _joined(pack: list[_Unit]) -> str:
    return "".join(f"\n{unit.text}" if unit.opens_line else f" {unit.text}" for unit in pack)[1:]
