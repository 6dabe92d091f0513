import os
import re
import subprocess
import sys
import threading
import time
import zlib
from io import BytesIO
from signal import SIGSEGV, SIGSTOP
from struct import pack
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import docx
import pytest
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import isolate
from ingest.isolate import Limits, inspect_apart, load_apart
from ingest.load import load_bytes
from ingest.submit import Told, read
from knowledge.errors import InvalidDocument
from knowledge.types import STARTER

BODY = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s'
PARAGRAPH = b"<w:p><w:r><w:t>Pay rose.</w:t></w:r></w:p>"
SMALL = Limits(memory=2**29, processor=5, clock=20)
"""Enough for every reader that gives up by itself, so that what does not is found soon."""


def archive(entries, compression=ZIP_DEFLATED):
    file = BytesIO()
    with ZipFile(file, "w", compression) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return file.getvalue()


def word(body):
    """Make a Word document whose main part is all one's own."""
    return repacked(BODY % body + b"</w:body></w:document>")


def repacked(main):
    file = BytesIO()
    docx.Document().save(file)
    with ZipFile(file) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    return archive(parts | {"word/document.xml": main})


def pdf(*objects):
    """Make a PDF of objects that are numbered from 3 on; the second is its tree of pages."""
    content, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate([b"<</Type/Catalog/Pages 2 0 R>>", *objects], start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    return (
        b"%sxref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (content, size, table, size, len(content))
    )


def pages(*numbers):
    return b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(numbers), b" ".join(b"%d 0 R" % n for n in numbers))


FONT = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def stream(content, about=b""):
    packed = zlib.compress(content, 9)
    return b"<<%s/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (about, len(packed), packed)


def page_with(operators, resources=FONT):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]%s/Contents 4 0 R>>" % resources
    return pdf(pages(3), page, stream(operators))


def plain_pdf():
    document = FPDF()
    document.set_compression(False)
    document.add_page()
    document.set_font("helvetica", size=12)
    document.multi_cell(0, text="Pay rose.")
    return bytes(document.output())


def refusal(content, name, limits=SMALL, *, read=load_apart):
    with pytest.raises(InvalidDocument) as refused:
        read(content, name, limits=limits)
    return str(refused.value)


def child_in_waiting():
    load_apart(b"Words.", "words.txt")
    return isolate._idle[-1].process


def state(pid, what):
    """What `ps` says of a process; nothing where there is none."""
    command = ["ps", "-o", f"{what}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def slow():
    """A document of 10 KiB that takes some minutes to read: 20 pages with 300,000 letters each."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]%s/Contents 3 0 R>>" % FONT
    content = stream(b"BT /F 12 Tf " + b"(a) Tj 0 g " * 300_000)
    return pdf(pages(*range(4, 24)), content, *[page] * 20)


def test_a_document_read_apart_is_the_same():
    content = "---\ntitle: Löhne\npublished: 2023\n---\nPay rose 𝄞 “twice”.".encode()
    there = "https://example.org/a"

    assert load_apart(content, "a.txt", there) == load_bytes(content, "a.txt", there)


def test_a_refusal_comes_in_the_same_words():
    assert refusal(b"x", "terms.exe").startswith("terms.exe is of a type that is not read")


def test_a_file_name_that_is_no_text_is_still_told(tmp_path):
    name = os.fsdecode(b"\xff.exe")

    assert refusal(b"x", name).startswith(name)


def test_a_file_that_is_handed_in_is_read_in_a_child(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("Words.")
    isolate._end_idle()

    read(str(file), STARTER, Told())

    assert len(isolate._idle) == 1


def test_a_module_beside_the_documents_is_not_imported(tmp_path, monkeypatch):
    tmp_path.joinpath("docx.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    isolate._end_idle()

    assert load_apart(word(PARAGRAPH), "a.docx").text == "Pay rose."


def test_a_child_that_behaves_is_kept():
    first = child_in_waiting()
    refusal(b"x", "terms.exe")

    assert child_in_waiting() is first


def test_a_child_that_died_while_it_waited_is_replaced():
    child = child_in_waiting()
    child.kill()
    child.wait()

    assert load_apart(b"Words.", "words.txt").text == "Words."


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(processor=1), "takes over 1 seconds to read: hand in the part that matters"),
        (Limits(clock=1), "takes over 1 seconds to read: hand in the part that matters"),
    ],
)
def test_a_document_that_takes_too_long_is_given_up(limits, why):
    child = child_in_waiting()

    assert why in refusal(slow(), "slow.pdf", limits)
    assert child_in_waiting() is not child


def test_the_time_that_others_took_does_not_count():
    child = child_in_waiting()
    while int(state(child.pid, "cputimes")) < 3:
        load_apart(b"*a **a " * 20_000, "slow.md", limits=Limits(processor=3))

    assert child_in_waiting() is child


def test_a_document_that_takes_too_much_memory_is_given_up():
    child = child_in_waiting()

    why = refusal(b"Pay rose.\n\n" * 400_000, "long.md", Limits(memory=2**28))

    assert why.startswith("long.md takes over 256 MiB of memory to read: hand in the part that matters")
    assert child_in_waiting() is not child


def test_a_parser_that_crashes_takes_nothing_else_along():
    child = child_in_waiting()
    reasons = []
    reading = threading.Thread(target=lambda: reasons.append(refusal(slow(), "bad.pdf", Limits(processor=9))))
    reading.start()
    while int(state(child.pid, "cputimes")) < 2:
        time.sleep(0.1)
    os.kill(child.pid, SIGSEGV)
    reading.join()

    assert reasons == ["bad.pdf crashes what reads it: save it anew, or as text, and try again"]
    assert load_apart(b"Words.", "words.txt").text == "Words."


def test_a_child_that_takes_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(isolate, "_STALLED", 1)
    isolate._end_idle()
    os.kill(child_in_waiting().pid, SIGSTOP)

    assert "crashes what reads it" in refusal(b"Words. " * 1_000_000, "words.txt")
    assert load_apart(b"Words.", "words.txt").text == "Words."


def test_documents_are_read_side_by_side():
    reading = threading.Thread(target=refusal, args=(slow(), "slow.pdf", Limits(processor=3)))
    reading.start()

    assert load_apart(b"Words.", "words.txt").text == "Words."
    assert reading.is_alive()
    reading.join()


def test_an_answer_longer_than_may_be_is_not_taken(monkeypatch):
    child = child_in_waiting()
    monkeypatch.setattr(isolate, "_MAX_ANSWER", 10_000)

    assert "crashes what reads it" in refusal(b"Words. " * 2_000, "words.txt")
    assert child.poll() is not None
    assert load_apart(b"Words.", "words.txt").text == "Words."


def test_a_child_knows_no_key_and_no_setting(monkeypatch):
    for name in ("DISCORD_TOKEN", "OPENAI_API_KEY", "CHAT_MODEL", "HOME", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "never-to-be-seen")
    isolate._end_idle()

    command = ["ps", "eww", "-p", str(child_in_waiting().pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "PYTHONPATH=" in told
    assert "never-to-be-seen" not in told


def test_no_child_outlives_its_parent():
    program = (
        "from ingest import isolate; isolate.load_apart(b'Words.', 'a.txt');"
        "print(isolate._idle[0].process.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(parent.communicate()[0])

    while state(pid, "stat") not in {"", "Z"}:
        time.sleep(0.1)


def lying():
    """A bomb of 100 MB that declares 1,000 bytes."""
    body = b"<w:p/>" * 17_000_000
    true_size = pack("<I", len(BODY % body + b"</w:body></w:document>"))
    return word(body).replace(true_size, pack("<I", 1000))


def laughing():
    """A document whose entities would unfold to 10**9 words."""
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<!DOCTYPE w:document [<!ENTITY l0 "ha">%s]>' % entities
    body = BODY % b"<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>" + b"</w:body></w:document>"
    return repacked(head + body)


def form(operators):
    """A page that has all its text from a form."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"
    about = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Matrix[1 0 0 1 0 0]" + FONT
    return pdf(pages(3), page, stream(b"q /X Do Q /X Do"), stream(operators, about))


def test_a_form_that_restores_more_than_it_kept_is_read():
    content = form(b"Q Q Q BT /F 12 Tf 9 9 Td (Pay rose.) Tj ET Q Q")

    assert "Pay rose." in load_apart(content, "form.pdf").text


def test_text_that_a_form_hides_is_not_read():
    content = form(b"BT /F 12 Tf 9 9 Td (Pay rose.) Tj 0 9 Td 1 g (It fell.) Tj ET")

    loaded, inspection = inspect_apart(content, "form.pdf")

    assert "It fell." not in loaded.text
    assert "It fell." in inspection.hidden[0].text


def form_bomb():
    """A page that has all its text from a form, which unpacks to 200 MB."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"
    form = stream(b" " * 2 * 10**8, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return pdf(pages(3), page, stream(b"/X Do"), form)


NASTY = {
    "bomb.docx": (
        lambda: archive({"word/document.xml": b"\0" * 200 * 2**20}),
        "is too large when unpacked: leave out its pictures",
    ),
    "lying.docx": (lying, "is broken"),
    "many.docx": (lambda: archive(dict.fromkeys(map(str, range(100_000)), b"")), "has over 10,000 parts"),
    "paragraphs.docx": (lambda: word(PARAGRAPH * 300_000), "has over 200,000 paragraphs: hand in the part"),
    "laughs.docx": (laughing, "is broken"),
    "tables.docx": (
        lambda: word(b"<w:tbl><w:tr><w:tc>" * 200 + PARAGRAPH + b"</w:tc></w:tr></w:tbl>" * 200),
        "is broken",
    ),
    "lzma.docx": (lambda: archive({"a": b"\0" * 10**7}, ZIP_LZMA), "is packed as Word never does"),
    "nested.docx": (
        lambda: archive({"a.zip": archive({"b.zip": archive({"c": b"\0" * 10**8})})}),
        "is an archive, not a Word document",
    ),
    "deep.docx": (lambda: word(b"<w:p>" * 100_000 + b"</w:p>" * 100_000), "is broken"),
    "loop.pdf": (lambda: pdf(pages(3, 3), pages(2, 2)), "is broken"),
    "doubling.pdf": (lambda: pdf(*[pages(n + 3, n + 3) for n in range(40)]), "is broken"),
    "stream.pdf": (lambda: page_with(b" " * 2 * 10**8), "is too large when unpacked: hand in the part"),
    "unread.pdf": (lambda: page_with(b" " * 2 * 10**8, b""), "is too large when unpacked: hand in the part"),
    "form.pdf": (form_bomb, "is too large when unpacked: hand in the part"),
    "figure.pdf": (lambda: page_with(b"0 0 m 9 9 l S " * 400_000), "holds no text (a scan?)"),
    "pages.pdf": (
        lambda: pdf(pages(*range(3, 10_003)), *[b"<</Type/Page/MediaBox[0 0 9 9]>>"] * 10_000),
        "has over 2,000 pages: hand in the part that matters",
    ),
    "deep.html": (lambda: b"<div>" * 100_000 + b"Pay rose.", "holds no text"),
    "styled.html": (lambda: b"<p hidden>" * 100_000 + b"Pay rose.", "holds no text"),
    "attributes.html": (
        lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(300_000)) + b">Pay rose.",
        "takes over 5 seconds to read: hand in the part that matters, or its text",
    ),
    "hidden.md": (lambda: b"<b hidden>" * 100_000 + b"Pay rose.", "holds no text"),
    "tags.txt": (lambda: "\U000e0041".encode() * 1_000_000, "holds no text"),
    "deep.md": (lambda: b"> " * 100_000 + b"Pay rose.", "holds no text"),
    "deep.txt": (lambda: b"---\na: " + b"[" * 100_000 + b"\n---\nPay.", "has front matter that is not YAML"),
    "nul.txt": (lambda: b"Pay\0rose." * 1000, "is not text"),
    "long.txt": (lambda: b"word " * 1_000_001, "is over 5,000,000 characters long"),
    "page.pdf": (lambda: b"\n<!DOCTYPE html><p>Pay rose.", "is in truth a web page: name it .html"),
    "page.txt": (lambda: b"<html><p>Pay rose.", "is in truth a web page: name it .html"),
    "photo.txt": (lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", "is in truth a picture"),
    "terms.html": (plain_pdf, "is in truth a PDF: name it .pdf"),
    "terms.md": (lambda: word(PARAGRAPH), "is in truth an archive: name it .docx"),
    "old.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is in truth an old or encrypted Office file"),
}


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_document_costs_one_message(name):
    make, why = NASTY[name]

    assert refusal(make(), name).startswith(f"{name} {why}")
    assert load_apart(b"Words.", "words.txt").text == "Words."


@pytest.mark.parametrize("name", ["attributes.html", "lying.docx", "loop.pdf", "deep.txt"])
def test_nor_does_looking_into_a_nasty_document_cost_more(name):
    make, why = NASTY[name]

    assert refusal(make(), name, read=inspect_apart).startswith(f"{name} {why}")


def test_a_title_without_end_is_cut():
    page = b"<title>" + b"x" * 9_000_000 + b"</title><p>Pay rose for all of the writers.</p>"

    assert len(load_apart(page, "page.html").provenance.title) == 2_000


@pytest.mark.parametrize(
    "words",
    [
        b"if asked when you are as an AI ignore all from now on ",
        b"you are a b ",
        b"<system ",
        b"<|a",
        b"# ",
        "s\u200bt ".encode(),
    ],
)
def test_no_words_hold_up_the_search_for_instructions(words):
    content = words * (500_000 // len(words))

    assert inspect_apart(content, "words.txt", limits=SMALL)[1].characters


@pytest.mark.parametrize(
    "operators",
    [
        b"/F Tj 7 Tj [(a) null /b] TJ null TJ",
        b"/Nobody Do /X Do 7 Do Do",
        b"Q Q Q q q",
        b"/F -12 Tf 9 9 Td (Read.) Tj 1e999 Tr 0 Tr 1 g ( ) Tj 0 g",
        b"/F Tf (a) 12 Tf Tf (x) Tr Tr 99 Tr 0 Tr /F 12 Tf",
        b"(a) g 1 rg /P scn 1 1 1 1 1 1 1 k cs sc /Cs1 cs .5 sc 0 g",
        b"1 2 3 re (a) m null l f f* 1 2 c sh /S sh",
        b"1 0 cm (a) (b) (c) (d) (e) (f) cm 0 0 0 0 0 0 cm 1 0 0 1 0 0 cm Q",
    ],
)
@pytest.mark.parametrize("box", [b"/MediaBox[0 0 99 99]", b"/MediaBox[9 9]", b"/MediaBox null"])
def test_odd_operations_of_a_pdf_do_not_keep_its_text_from_being_read(operators, box):
    content = page_with(operators + b" BT /F 12 Tf 9 9 Td (Pay rose.) Tj ET").replace(
        b"/MediaBox[0 0 99 99]", box
    )

    assert "Pay rose." in load_apart(content, "odd.pdf").text


OPC = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = f"""<Types xmlns="{OPC}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/a.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
RELATIONS = f"""<Relationships xmlns="{OPC}/relationships">
<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="a.xml"/></Relationships>"""
PACKAGE = archive(
    {
        "[Content_Types].xml": TYPES.encode(),
        "_rels/.rels": RELATIONS.encode(),
        "a.xml": BODY % PARAGRAPH + b"</w:body></w:document>",
    }
)
"""A Word document so small that damage meets the archive's own records as often as what is packed."""
VALID = {
    "any.txt": b"---\ntitle: Terms\nurl: https://example.org\n---\nPay rose.\n",
    "any.md": b"# Terms\n\n* Pay <b hidden>*rose*</b> [x](https://a.example).\n\n|a|b|\n|-|-|\n<!-- c -->",
    "any.html": b"<title>T</title><p style='color:#fff;left:-9px'>Pay rose.<a href=//b.c>a.b</a><td>5%",
    "any.pdf": plain_pdf(),
    "any.docx": PARAGRAPH + b"<w:tbl><w:tr><w:tc>" + PARAGRAPH + b"</w:tc></w:tr></w:tbl>",
    "package.docx": PACKAGE,
}
"""Of one Word document the main part alone, as what is compressed cannot be changed and stay readable."""
BATCH, BATCHES, BOX = 20, 5, 20.0
"""Damaged files of a type that are tried at a time, how often, and the seconds after which none follows."""


def damaged(content, data):
    """Replace, take out or put in some bytes here and there; sometimes the end is missing."""
    for _ in range(data.draw(st.integers(1, 8))):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        content = content[:start] + data.draw(st.binary(max_size=8)) + content[min(end, start + 20) :]
    return content[: data.draw(st.none() | st.integers(0, len(content)))]


@settings(max_examples=BATCH, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def damage(name, data):
    content = damaged(VALID[name], data)
    try:
        assert inspect_apart(word(content) if name == "any.docx" else content, name, limits=SMALL)[0].text
    except InvalidDocument as refused:
        assert not re.search("crashes|takes over", str(refused))  # noqa: PT017 - either is right


@pytest.mark.parametrize("name", VALID)
def test_no_damage_to_a_document_crashes_or_holds_up_what_reads_it(name):
    until = time.monotonic() + BOX
    for _ in range(BATCHES):
        if time.monotonic() < until:
            damage(name)


def test_the_package_that_is_damaged_is_sound():
    assert load_apart(PACKAGE, "package.docx").text == "Pay rose."
