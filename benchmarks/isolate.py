"""What reading documents in a child process costs, against reading them in one's own.

    python benchmarks/isolate.py [FILES]

FILES small documents (100) of each type, a page or two long, each of other words, are read in this process
and in a child, in turns. Measured by the clock, without what either spends once: the import of the
parsers, and the start of the child, which is told by itself. No index is needed.
"""

import random
import sys
import time
from collections.abc import Callable
from io import BytesIO

import docx
from fpdf import FPDF

from ingest.isolate import load_apart
from ingest.load import load_bytes

ROUND = 10
"""Files read the one way before the other has its turn, so that both meet the same machine."""
WORDS = "The writers came back to work on Wednesday, after a strike of five months; and pay rose."


def paragraphs(seed: int) -> list[str]:
    """Make six paragraphs of some sixty words."""
    chance = random.Random(seed)  # noqa: S311 - the same at each run
    return [" ".join(chance.choices(WORDS.split(), k=60)) for _ in range(6)]


def text(seed: int) -> bytes:
    """Make a text file."""
    return "\n\n".join(paragraphs(seed)).encode()


def markdown(seed: int) -> bytes:
    """Make a Markdown file."""
    return ("# Terms\n\n" + "\n\n".join(f"* {words}" for words in paragraphs(seed))).encode()


def page(seed: int) -> bytes:
    """Make a web page."""
    body = "".join(f"<p>{words}</p>" for words in paragraphs(seed))
    return f"<html><head><title>Terms</title></head><body><article>{body}</article></body></html>".encode()


def pdf(seed: int) -> bytes:
    """Make a PDF."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.multi_cell(0, text="\n\n".join(paragraphs(seed)))
    return bytes(document.output())


def word(seed: int) -> bytes:
    """Make a Word document."""
    document, file = docx.Document(), BytesIO()
    for words in paragraphs(seed):
        document.add_paragraph(words)
    document.save(file)
    return file.getvalue()


MAKERS: dict[str, Callable[[int], bytes]] = {
    "a.txt": text,
    "a.md": markdown,
    "a.html": page,
    "a.pdf": pdf,
    "a.docx": word,
}


def seconds(read: Callable[[bytes, str], object], name: str, files: list[bytes]) -> float:
    """Time the reading of some files."""
    start = time.perf_counter()
    for content in files:
        read(content, name)
    return time.perf_counter() - start


def compare(name: str, files: list[bytes]) -> tuple[float, float]:
    """Read files both ways; the seconds here, and apart."""
    here, apart = 0.0, 0.0
    for start in range(0, len(files), ROUND):
        some = files[start : start + ROUND]
        here += seconds(load_bytes, name, some)
        apart += seconds(load_apart, name, some)
    return here, apart


def main(count: int) -> None:
    """Print the table."""
    began = time.perf_counter()
    load_apart(b"Words.", "a.txt")
    print(f"start of a child: {time.perf_counter() - began:.2f} s")
    print("type  here ms  apart ms  ratio")
    total_here, total_apart = 0.0, 0.0
    for name, make in MAKERS.items():
        first, *files = [make(seed) for seed in range(count + 1)]
        compare(name, [first])  # imports the parser
        here, apart = compare(name, files)
        total_here, total_apart = total_here + here, total_apart + apart
        print(f"{name[2:]:5} {here / count * 1e3:7.2f} {apart / count * 1e3:9.2f} {apart / here:6.2f}")
    print(f"{'all':5} {total_here / count * 1e3:7.2f} {total_apart / count * 1e3:9.2f}", end=" ")
    print(f"{total_apart / total_here:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
