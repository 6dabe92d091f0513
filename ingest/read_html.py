"""Reads web pages: the text that is to be seen in them, without navigation."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from ingest.clean import unseen_characters
from ingest.decode import decoded
from ingest.found import Found, Hidden, MisleadingLink, misleading
from ingest.style import CAMOUFLAGED, SILENT, how_hidden, style_of
from ingest.table import Cell, heads_of, named
from knowledge.errors import InvalidDocument

_STYLED = "//*[@style or @hidden or @color or @bgcolor or @aria-hidden]"
_STYLE_SHEET = "//style | //link[contains(@rel, 'stylesheet')]"
_NO_TEXT = {"script", "style", "template", "noscript"}
_PROSE = 5
"""Words: shorter comments name parts of the page."""
_CODE = ("<", "{", "[if", "=")

_GRID = ("caption", "thead", "tbody", "tfoot", "tr", "th", "td")
_LISTS, _ITEMS = ("ul", "ol", "dl"), ("li", "dt", "dd")
_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "table", *_LISTS)
_DIGITS_SPANNED = 2
"""Of a number of columns or rows; a page may name any."""
_DROPPED = "dropped"
"""The name of elements whose content stays."""
_OTHER_BLOCKS = {"article", "aside", "details", "figure", "section", _DROPPED}
"""Besides those that lxml knows."""


def read_html(content: bytes, name: str) -> Found:
    """Read a web page."""
    import trafilatura
    from trafilatura.settings import Document

    source = decoded(content, name)
    if not source.strip():
        return Found("")
    tree = parsed_page(source)
    hidden = (*unseen_characters("".join(filter(None, _texts(tree)))), *take_out_hidden(tree))
    links = tuple(misleading_links(tree))
    _make_readable(tree)
    page = trafilatura.bare_extraction(
        tree,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={  # only a date that the page states, never a guess from its words
            "extensive_search": False,
            "original_date": True,
            "outputformat": "%Y-%m-%d",
        },
    )
    if not isinstance(page, Document) or not page.text:
        raise InvalidDocument(f"{name} holds no text (made by a script?): save it as text or PDF")
    lines = (line.strip(" |") for line in page.text.splitlines())
    drawn = "|-: "  # the rule under the head of a table is made of these
    about = {
        "title": page.title,
        "publisher": page.sitename,
        "url": page.url,
        "published": page.date,
    }
    return Found("\n\n".join(line for line in lines if line.strip(drawn)), about, hidden, links)


def parsed_page(source: str) -> Any:
    """Parse a page or a part of one; trafilatura by itself passes over the latter."""
    import lxml.html

    # As bytes, as lxml refuses a `str` that declares an encoding.
    parser = lxml.html.HTMLParser(encoding="utf-8")
    return lxml.html.document_fromstring(source.encode(errors="replace"), parser=parser)


def take_out_hidden(tree: Any) -> list[Hidden]:
    """Take out what the page itself hides, and tell it together with what it may hide.

    Text of the colour of its ground is taken out only where no style sheet can have put another
    behind it. What screen readers pass over, and a page that is hidden as a whole until a script
    shows it, stay: they are before the eye.
    """
    import lxml.etree

    found = [Hidden("a comment", words) for node in tree.iter(lxml.etree.Comment) if (words := _prose(node))]
    is_plain = not tree.xpath(_STYLE_SHEET)
    gone: set[Any] = set()
    for element in tree.xpath(_STYLED):
        if element in gone:
            continue
        above = (style_of(parent.attrib) for parent in element.iterancestors())
        if not (how := how_hidden(element.attrib, above)):
            continue
        if words := _words(element):
            found.append(Hidden(how, words))
        stays = how == SILENT or (how == CAMOUFLAGED and not is_plain) or element.tag in {"html", "body"}
        if not stays:
            gone.update(element.iter())
            element.drop_tree()
    return found


def misleading_links(tree: Any) -> Iterator[MisleadingLink]:
    """Find the links whose words name another host than they lead to."""
    for link in tree.iter("a"):
        if found := misleading(_words(link), link.get("href", "")):
            yield found


def _make_readable(tree: Any) -> None:
    """Put what trafilatura passes over into elements that it reads.

    These are all of a page without an article, what opens `details`, the parts of a page that stand in the
    cells of a table, and the lists in a table of data, which keeps its rows; its cells tell their columns.
    """
    from lxml.etree import strip_tags

    _wrap_what_is_no_site(tree)
    for summary in tree.iter("summary"):
        summary.tag = "p"
    tables = _layout_tables(tree)
    parts = [part for part in tree.iter(*_GRID) if _above(part, "table") in tables]
    for block in [*tree.iter("details"), *tables, *parts]:
        _make_paragraphs(block)
        block.tag = _DROPPED
    strip_tags(tree, _DROPPED)
    for cell in tree.iter("td"):
        _make_plain(cell)
    for table in list(tree.iter("table")):
        _tell_columns(table)


def _wrap_what_is_no_site(tree: Any) -> None:
    """Make an article of a page that has nothing like one: of that, only paragraphs and tables are read."""
    from trafilatura.xpaths import BODY_XPATH

    body = tree.find("body")
    if body is None or any(looks_like_one(tree) for looks_like_one in BODY_XPATH):
        return
    article = body.makeelement("article")
    article.text, body.text = body.text, None
    article[:] = list(body)
    body.append(article)


def _layout_tables(tree: Any) -> set[Any]:
    """Find the tables that do no more than put parts of a page beside each other."""
    of_data = {_above(head, "table") for head in tree.iter("th")}
    found = {
        (_above(cell, "table"), block.tag)
        for block in tree.iter(*_BLOCKS)
        if (cell := _above(block, "td")) is not None
    }
    return {table for table, tag in found if not (tag in _LISTS and table in of_data)} - {None}


def _above(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def _make_paragraphs(block: Any) -> None:
    """Put the words that stand in a block by themselves into paragraphs."""
    from lxml.html.defs import block_tags

    parts = list(block)
    paragraph, block.text = _paragraph(block, block.text), None
    block.insert(0, paragraph)
    for part in parts:
        if part.tag in block_tags | _OTHER_BLOCKS:
            paragraph, part.tail = _paragraph(block, part.tail), None
            part.addnext(paragraph)
        else:
            paragraph.append(part)


def _paragraph(block: Any, text: str | None) -> Any:
    paragraph = block.makeelement("p")
    paragraph.text = text
    return paragraph


def _make_plain(cell: Any) -> None:
    """Write the lists in a cell on one line, with commas between their items."""
    from lxml.etree import strip_tags

    items = list(cell.iter(*_ITEMS))
    for at, item in enumerate(items):
        item.text = (", " if at else " ") + (item.text or "").strip()
    if items:
        strip_tags(cell, *_LISTS, *_ITEMS)


def _tell_columns(table: Any) -> None:
    """Put in front of what stands in a cell what its column is called."""
    rows = [row for row in table.iter("tr") if _above(row, "table") is table]
    grid = [cells for cells in _grid(rows) if cells]
    marked = len(list(takewhile(_is_head, grid)))
    plain = [[cell for _, cell in cells] for cells in grid]
    named_rows = any(cells[0][0].tag == "th" for cells in grid[marked:])
    heads = heads_of(plain, marked, guess=not named_rows)
    for element, cell in (both for cells in grid[max(marked, 1) :] for both in cells):
        if (told := named(cell, heads)) != cell.text:
            element.text = told.removesuffix(cell.text) + (element.text or "")


def _is_head(cells: Sequence[tuple[Any, Cell]]) -> bool:
    return _above(cells[0][0], "thead") is not None or all(element.tag == "th" for element, _ in cells)


def _grid(rows: Sequence[Any]) -> Iterator[list[tuple[Any, Cell]]]:
    """Find the columns that the cells of each row stand in; some are filled from the rows above."""
    filled: dict[int, int] = {}
    for number, row in enumerate(rows):
        cells, column = [], 0
        for element in row.iterchildren("td", "th"):
            while filled.get(column, -1) >= number:
                column += 1
            span, last = _spanned(element, "colspan"), number + _spanned(element, "rowspan") - 1
            cells.append((element, Cell(_words(element), column, span)))
            filled.update(dict.fromkeys(range(column, column + span), last))
            column += span
        yield cells


def _spanned(cell: Any, way: str) -> int:
    """How many columns or rows a cell takes."""
    told = cell.get(way, "1").strip()[:_DIGITS_SPANNED]
    return max(int(told), 1) if told.isdecimal() else 1


def _prose(comment: Any) -> str:
    words = " ".join((comment.text or "").split())
    is_code = any(sign in words for sign in _CODE)
    return "" if is_code or words.count(" ") < _PROSE - 1 else words


def _words(element: Any) -> str:
    """The text in an element, on one line, without scripts."""
    return " ".join("".join(filter(None, _texts(element))).split())


def _texts(element: Any) -> Iterator[str | None]:
    for part in element.iter():
        if isinstance(part.tag, str) and part.tag not in _NO_TEXT:
            yield part.text
        if part is not element:
            yield part.tail
