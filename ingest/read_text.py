"""Reads plain text and Markdown, each with front matter if it likes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from ingest.clean import unseen_characters
from ingest.decode import decoded
from ingest.found import Found
from ingest.read_html import misleading_links, parsed_page, take_out_hidden
from ingest.style import hides
from ingest.table import Cell, lines
from knowledge.errors import InvalidDocument
from knowledge.sentences import is_whole

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"^[\"']?[\w-]+[\"']?[ \t]*:(?:\s|\Z)", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?P<attributes>[^<>]*)>|<[^<>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")

_SOFT_BREAK = "\0"
"""No text holds it: CommonMark replaces it."""
_SUB_CLAUSE = re.compile(r"\([a-z]{1,4}\)\s")
_NARROWEST_WRAP = 60
"""Letters of a line that was broken where the next word did not fit."""


def read_text(content: bytes, name: str) -> Found:
    """Read plain text."""
    found = _split_front_matter(decoded(content, name), name)
    return replace(found, hidden=tuple(unseen_characters(found.text)))


def _split_front_matter(text: str, name: str) -> Found:
    import yaml

    front = _FRONT_MATTER.match(text)
    if front is None or (front[1].strip() and not _NAME.search(front[1])):  # text between two rules
        return Found(text, {})
    try:
        # It builds no objects: dates and numbers stay the strings that they were written as.
        about = yaml.load(front[1], Loader=yaml.BaseLoader) or {}  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidDocument(
            f"{name} has front matter that is not YAML: write `name: value` lines,"
            " with quotes around a value that has a colon"
        ) from error
    return Found(text[front.end() :], about) if isinstance(about, dict) else Found(text, {})


def read_markdown(content: bytes, name: str) -> Found:
    """Read Markdown as what it becomes when it is shown."""
    from markdown_it import MarkdownIt

    source = read_text(content, name)
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(source.text)
    found = replace(source, about={"title": _only_top_heading(tokens), **source.about})
    if "<" in source.text or "](" in source.text or "]:" in source.text:
        found = _with_what_its_page_tells(found, parser.renderer.render(tokens, parser.options, {}))
    return replace(found, text="\n\n".join(_markdown_blocks(tokens)))


def _only_top_heading(tokens: "list[Token]") -> str | None:
    """The heading of the highest level, unless others have it too: they are chapters then."""
    headings = [(mark.tag, _inline(words)) for mark, words in pairwise(tokens) if mark.type == "heading_open"]
    top = min((tag for tag, _ in headings), default="")
    at_top = [words for tag, words in headings if tag == top]
    return at_top[0] if len(at_top) == 1 else None


def _with_what_its_page_tells(found: Found, page: str) -> Found:
    tree = parsed_page(f"<body>{page}")
    links = tuple(misleading_links(tree))
    return replace(found, hidden=(*found.hidden, *take_out_hidden(tree)), links=links)


def _markdown_blocks(tokens: "list[Token]") -> Iterator[str]:
    mark = ""
    veil = _Veil(between=" ")
    stream = iter(tokens)
    for token in stream:
        match token.type:
            case "list_item_open":
                mark = f"{token.info}. " if token.info else "• "
            case "html_block":
                yield veil.seen(token.content)
            case _ if veil.is_down:
                pass
            case "table_open":
                yield from _rows(stream)
            case "inline":
                yield mark + _inline(token)
                mark = ""
            case "fence" | "code_block":
                yield token.content


def _rows(stream: "Iterator[Token]") -> list[str]:
    """Read a table up to its end."""
    rows: list[list[Cell]] = []
    for token in takewhile(lambda token: token.type != "table_close", stream):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(Cell(" ".join(_inline(token).split()), len(rows[-1])))
    return lines(rows, marked=1)


def _inline(token: "Token") -> str:
    """Join the words of a line: of a link its text, of a picture its description."""
    veil, words = _Veil(between=""), ""
    breaks = {"softbreak": _SOFT_BREAK, "hardbreak": "\n"}
    for child in token.children or []:
        if child.type == "html_inline":
            words += veil.seen(child.content)
        elif not veil.is_down:
            words += breaks.get(child.type, child.content)
    first, *others = words.split(_SOFT_BREAK)
    return first + "".join(
        ("\n" if _is_meant(before, line) else " ") + line for before, line in pairwise([first, *others])
    )


def _is_meant(before: str, line: str) -> bool:
    """Whether a line break is for the reader, and not only because the next word did not fit."""
    goes_on = line[:1].islower() or _SUB_CLAUSE.match(line)
    return not goes_on and (len(before) < _NARROWEST_WRAP or is_whole(before))


class _Veil:
    """Follows the HTML in Markdown, which comes in pieces, and leaves out the text that it hides."""

    def __init__(self, between: str) -> None:
        """Begin with nothing hidden; `between` is what a tag leaves where it was."""
        self._between = between
        self._name, self._depth = "", 0

    @property
    def is_down(self) -> bool:
        """Whether what comes next is hidden."""
        return self._depth > 0

    def seen(self, html: str) -> str:
        """Tell what is to be seen of the next piece."""
        seen, at = "", 0
        html = _COMMENT.sub(self._between, html)
        for tag in _TAG.finditer(html):
            if not self.is_down:
                seen += html[at : tag.start()] + ("\n" if tag["name"] == "br" else self._between)
            at = tag.end()
            self._pass(tag)
        return seen if self.is_down else seen + html[at:]

    def _pass(self, tag: re.Match[str]) -> None:
        name, is_end = (tag["name"] or "").lower(), bool(tag["end"])
        if self.is_down:
            self._depth += 0 if name != self._name else -1 if is_end else 1
        elif not is_end and hides(_attributes(tag)):
            self._name, self._depth = name, 1


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    found = _ATTRIBUTE.findall(tag["attributes"] or "")
    return {name.lower(): "".join(values) for name, *values in found}
