"""From a clean text to passages that the encoder can read whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from knowledge.sentences import A_LIST, is_heading, sentences, with_title

_LONGEST_TOKEN = 20
"""Characters that count as a token at least: a word over a hundred letters long is one to WordPiece, however
long it is."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not torn apart: a sentence, or as much of it as fits, with the headings above it."""

    text: str
    tokens: int
    opens_line: bool
    heading: "_Unit | None" = None
    """What it is about, where that is not in it."""


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
    last: _Unit | None = None
    is_at_top = True  # where a document bears its title, which every passage has anyway
    for line in filter(None, map(str.strip, text.splitlines())):
        if is_heading(line):
            headings += _pieces([line], cost, room)
            last = None if is_at_top else headings[0 if len(headings) >= A_LIST else -1]
            continue
        is_at_top = False
        first, *others = (replace(unit, heading=last) for unit in _pieces(sentences(line), cost, room))
        yield from _under(headings, first, cost, room)
        yield from others
        headings = []
    yield from headings


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
    if headings and (tokens := cost(bound)) <= room:
        yield _Unit(bound, tokens, opens_line=True)
    else:
        yield from [*headings, first]


def _packed(units: Iterator[_Unit], target: int, room: int, overlap: int) -> Iterator[list[_Unit]]:
    pack: list[_Unit] = []
    repeated = 0
    for unit in units:
        if len(pack) > repeated and _tokens(pack) + unit.tokens > target:
            yield pack
            pack = _headed([*_tail(pack, overlap, room - unit.tokens), unit], room)
            repeated = len(pack) - 1
        else:
            pack = [*pack, unit]
    if pack:
        yield pack


def _tail(pack: list[_Unit], overlap: int, room: int) -> list[_Unit]:
    """Never all of a pack, or the next one would only be a longer copy."""
    is_headed = len(pack) > 1 and pack[1].heading is pack[0]
    tail = pack[max(1 + is_headed, len(pack) - overlap) :]
    while tail and (_tokens(tail) > room or _would_head(tail[0])):
        tail = tail[1:]
    return tail


def _would_head(end: _Unit) -> bool:
    """Whether the end of a line would pass for a heading if a passage began with it."""
    return not end.opens_line and is_heading(end.text)


def _headed(pack: list[_Unit], room: int) -> list[_Unit]:
    """Put what a passage begins with under its heading, if that fits."""
    heading = pack[0].heading
    if heading is None or heading.tokens + _tokens(pack) > room:
        return pack
    return [heading, replace(pack[0], opens_line=True), *pack[1:]]


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
