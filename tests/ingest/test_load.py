import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from docx.oxml import OxmlElement
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from ingest.load import Loaded, file_bytes, load_bytes
from knowledge.errors import InvalidDocument
from knowledge.types import Provenance

SUFFIXES = [".txt", ".md", ".html", ".htm", ".pdf", ".docx"]

FRONT_MATTER = """---
title: "Terms: a summary"
publisher: The Gazette
url: https://example.org/terms
published: 2023-09-26
---
"""

PAGE = """<!doctype html>
<html><head>
<title>Writers win terms | The Gazette</title>
<meta property="og:title" content="Writers win terms">
<meta property="og:site_name" content="The Gazette">
<meta property="article:published_time" content="2023-09-27T10:00:00Z">
<link rel="canonical" href="https://example.org/terms">
</head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Writers win terms</h1>
<p>The writers came back to work on Wednesday after a strike that stopped most productions.</p>
<ul><li>Pay goes up by five percent.</li><li>Rooms have a minimum size.</li></ul>
<table><tr><th>Year</th><th>Raise</th></tr><tr><td>2023</td><td>5%</td></tr></table>
</article>
<footer>All rights reserved.</footer>
</body></html>"""


def pdf(*pages, title=None, password=None):
    document = FPDF()
    document.set_font("helvetica", size=12)
    if title:
        document.set_title(title)
    if password:
        document.set_encryption(owner_password=password, user_password=password)
    for page in pages:
        document.add_page()
        document.multi_cell(0, text=page)
    return bytes(document.output())


def word(fill, title=""):
    document = docx.Document()
    document.core_properties.title = title
    fill(document)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def refusal(content, name):
    with pytest.raises(InvalidDocument) as refused:
        load_bytes(content, name)
    return str(refused.value)


def test_a_text_file_is_titled_by_its_name():
    assert load_bytes(b"Pay rose.\n", "ai-terms_of-2023.txt") == Loaded(
        "Pay rose.", Provenance("Ai terms of 2023"), sha256(b"Pay rose.\n").hexdigest()
    )


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_front_matter_tells_where_a_text_comes_from(suffix):
    loaded = load_bytes(f"{FRONT_MATTER}Pay rose.".encode(), f"terms{suffix}")

    assert loaded.text == "Pay rose."
    assert loaded.provenance == Provenance(
        "Terms: a summary", "The Gazette", "https://example.org/terms", "2023-09-26"
    )


def test_front_matter_is_found_in_what_notepad_saved():
    saved = f"{FRONT_MATTER}Pay rose.".replace("\n", "\r\n").encode("utf-16")

    assert load_bytes(saved, "terms.txt").provenance.publisher == "The Gazette"


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ("2023", "2023"),
        ("2023-09", "2023-09"),
        ("2023-09-26 10:00:00", "2023-09-26"),
        ("'2023-09-26T10:00:00Z'", "2023-09-26"),
        ("'2023-13'", None),
        ("last summer", None),
        ("[2023]", None),
    ],
)
def test_a_date_is_kept_to_the_precision_told(told, published):
    loaded = load_bytes(f"---\npublished: {told}\n---\nPay rose.".encode(), "terms.txt")

    assert loaded.provenance.published == published


def test_a_link_that_is_none_is_not_kept():
    loaded = load_bytes(b"---\nurl: our shelf\n---\nPay rose.", "terms.txt")

    assert loaded.provenance.url is None


def test_a_rule_at_the_top_of_a_text_is_not_front_matter():
    assert load_bytes(b"---\nPay rose.", "terms.txt").text.endswith("Pay rose.")


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@pytest.mark.parametrize(
    "between", ["Just words.", "# Terms\n\n* *Pay* rose.", "In short: pay rose.", "- pay\n- rooms"]
)
def test_text_between_two_rules_is_not_front_matter(between, suffix):
    loaded = load_bytes(f"---\n{between}\n---\nRooms grew.".encode(), f"terms{suffix}")

    assert between.split()[-1].strip(".") in loaded.text
    assert loaded.text.endswith("Rooms grew.")


def test_front_matter_may_be_empty():
    assert load_bytes(b"---\n---\nPay rose.", "terms.txt").text == "Pay rose."


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("## Keys\n\nAt the shed.\n\n## Water\n\nAt noon.", "Garden rules"),
        ("## Keys\n\nAt the shed.\n\n# Rules of the garden\n\n## Water", "Rules of the garden"),
        ("Rules of the garden\n=====\n\n## Keys\n\n## Water", "Rules of the garden"),
    ],
)
def test_a_chapter_of_markdown_is_not_its_title(source, title):
    assert load_bytes(source.encode(), "garden-rules.md").provenance.title == title


def test_markdown_becomes_plain_text_under_its_top_heading():
    source = (
        "# What *they* won\n\nPay [rose](https://example.org) by\n**five** percent.\n\n"
        "- pay\n- rooms\n\n1. first\n2. second\n\n```\nx = 1\n```\n\n"
        "| Year | Raise |\n|---|---|\n| 2023 | 5% |\n"
    )

    loaded = load_bytes(source.encode(), "terms.md")

    assert loaded.provenance.title == "What they won"
    assert loaded.text.split("\n\n") == [
        "What they won",
        "Pay rose by five percent.",
        "• pay",
        "• rooms",
        "1. first",
        "2. second",
        "x = 1",
        "Year | Raise",
        "2023 | 5%",
    ]


def test_a_page_tells_its_origin_and_loses_its_navigation():
    loaded = load_bytes(PAGE.encode(), "terms.html", "https://example.org/terms?from=feed")

    assert loaded.provenance == Provenance(
        "Writers win terms", "The Gazette (example.org)", "https://example.org/terms", "2023-09-27"
    )
    assert loaded.text.split("\n\n") == [
        "Writers win terms",
        "The writers came back to work on Wednesday after a strike that stopped most productions.",
        "- Pay goes up by five percent.",
        "- Rooms have a minimum size.",
        "Year | Raise",
        "2023 | 5%",
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**Crux Fest**\nWhen: 3 May\nWhere: main hall", "Crux Fest\nWhen: 3 May\nWhere: main hall"),
        (
            "Boats are kept\n(a) on the hard, or\n(b) afloat.",
            "Boats are kept (a) on the hard, or (b) afloat.",
        ),
        (
            "The writers walked out in March, and neither the studios nor\nMr Crewe met with them\nagain.",
            "The writers walked out in March, and neither the studios nor Mr Crewe met with them again.",
        ),
        (
            "The Navigation Inn serves food on each day of the week but Monday.\nNo dogs.",
            "The Navigation Inn serves food on each day of the week but Monday.\nNo dogs.",
        ),
    ],
)
def test_a_line_of_markdown_ends_where_its_author_meant_it_to(source, text):
    assert load_bytes(source.encode(), "club.md").text == text


LAID_OUT = f"""<article><h1>The boat club</h1>{"<p>The club sails on Sundays unless there is fog.</p>" * 9}
<table><tr><td>Ring us on <b>0117</b>.<h3>Guests</h3><ul><li>Two a year</li></ul></td>
<td><table><tr><th>Class</th><th>For</th></tr>
<tr><td>Family</td><td><ul><li>two adults</li><li>children</li></ul></td>
</tr></table></td></tr></table>
<details><summary>Are dogs welcome?</summary>On a <i>lead</i>.</details></article>"""


def test_a_table_that_lays_out_a_page_is_read_as_what_stands_in_it():
    text = load_bytes(LAID_OUT.encode(), "club.html").text

    assert text.split("\n\n")[10:15] == [
        "Ring us on 0117.",
        "Guests",
        "- Two a year",
        "Class | For",
        "Family | two adults, children",
    ]


def test_a_question_that_opens_its_answer_is_read_with_it():
    assert load_bytes(LAID_OUT.encode(), "club.html").text.endswith("Are dogs welcome?\n\nOn a lead.")


def test_a_page_without_an_address_of_its_own_has_the_one_it_was_fetched_from():
    loaded = load_bytes(b"<p>Pay rose.</p>", "terms.html", "https://example.org/terms")

    assert loaded.text == "Pay rose."
    assert loaded.provenance == Provenance("Terms", "example.org", "https://example.org/terms")


@pytest.mark.parametrize(
    ("fetched_from", "cited", "site"),
    [
        ("https://www.example.org/a?from=feed", "https://example.org/terms", "example.org"),
        ("https://evil.test/terms", "https://evil.test/terms", "evil.test"),
        ("https://notexample.org/terms", "https://notexample.org/terms", "notexample.org"),
        ("https://example.org.evil.test/a", "https://example.org.evil.test/a", "example.org.evil.test"),
    ],
)
def test_a_page_cannot_pass_for_one_of_another_site(fetched_from, cited, site):
    about = load_bytes(PAGE.encode(), "terms.html", fetched_from).provenance

    assert (about.url, about.publisher) == (cited, f"The Gazette ({site})")


@pytest.mark.parametrize(
    "canonical",
    ["https://example.org@evil.test/", "https://evil.test\\@example.org/", "https://[example.org/"],
)
def test_nor_by_an_address_that_is_hard_to_read(canonical):
    page = PAGE.replace("https://example.org/terms", canonical).encode()

    assert load_bytes(page, "terms.html", "https://example.org/a").provenance.url == "https://example.org/a"


def test_nor_can_a_text_that_was_fetched():
    about = load_bytes(f"{FRONT_MATTER}Pay rose.".encode(), "terms.md", "https://evil.test/a").provenance

    assert (about.url, about.publisher) == ("https://evil.test/a", "The Gazette (evil.test)")


def test_a_page_that_was_saved_may_name_the_address_it_came_from():
    about = load_bytes(PAGE.encode(), "saved.html").provenance

    assert (about.url, about.publisher) == ("https://example.org/terms", "The Gazette")


def test_the_day_a_file_was_made_is_not_taken_for_the_day_of_what_it_says():
    made = pdf("Pay rose by five percent.")
    saved = word(lambda document: document.add_paragraph("Pay rose by five percent."))

    assert PdfReader(BytesIO(made)).metadata.creation_date
    assert docx.Document(BytesIO(saved)).core_properties.created
    assert load_bytes(made, "terms.pdf").provenance.published is None
    assert load_bytes(saved, "terms.docx").provenance.published is None


def test_a_pdf_is_read_in_paragraphs_without_running_heads():
    walk_out = (
        "The writers of the picture walked out in the spring, and the studios did not meet with"
        " them again until the end of a long and costly summer."
    )
    raises = ["Then pay rose.", "Rooms grew too.", "Nobody was sad."]
    pages = [f"The Gazette, page {n}\n{walk_out}\n{won}" for n, won in enumerate(raises)]

    loaded = load_bytes(pdf(*pages, title="Terms"), "scan.pdf")

    assert loaded.provenance.title == "Terms"
    assert loaded.text.split("\n\n") == [line for won in raises for line in (walk_out, won)]


def test_what_stands_first_or_last_on_a_page_stays_where_its_number_is_what_it_tells():
    totals = ["$1,234", "$2,500", "$9,100"]
    pages = [f"Article {n}\nPay rose again.\nTotal: {paid}" for n, paid in enumerate(totals, start=1)]

    text = load_bytes(pdf(*pages), "rates.pdf").text

    assert all(f"Article {n}" in text for n in (1, 2, 3))
    assert all(f"Total: {paid}" in text for paid in totals)


@pytest.mark.parametrize("foot", ["{n}", "- {n} -", "Page {n} of 3", "The Gazette of May 2026, page {n}"])
def test_the_number_of_a_page_is_left_out(foot):
    pages = [f"Pay rose in year {n}.\nRooms grew too.\n{foot.format(n=n)}" for n in (1, 2, 3)]

    lines = load_bytes(pdf(*pages), "rates.pdf").text.splitlines()

    assert [line for line in lines if line] == [
        line for n in (1, 2, 3) for line in (f"Pay rose in year {n}.", "Rooms grew too.")
    ]


def test_a_word_document_is_read_in_order():
    def fill(document):
        document.add_heading("What they won")
        document.add_paragraph("Pay rose.")
        row = document.add_table(1, 2).rows[0]
        row.cells[0].text, row.cells[1].text = "2023", "5%"
        document.add_paragraph("Rooms grew.", style="List Bullet")

    loaded = load_bytes(word(fill, title="Terms"), "draft.docx")

    assert loaded.provenance.title == "Terms"
    assert loaded.text == "What they won\n\nPay rose.\n\n2023 | 5%\n\n• Rooms grew."


PROGRAMS_TITLES = [
    "untitled1.indd",
    "Microsoft Word - AGM notice FINAL v3.docx",
    "Untitled",
    "Word Document",
    "Document1",
    "PowerPoint Presentation",
]


@pytest.mark.parametrize("title", PROGRAMS_TITLES)
def test_a_title_that_a_program_gave_is_none(title):
    made = pdf("Pay rose by five percent.", title=title)
    saved = word(lambda document: document.add_paragraph("Pay rose by five percent."), title=title)

    assert load_bytes(made, "agm-notice.pdf").provenance.title == "Agm notice"
    assert load_bytes(saved, "agm-notice.docx").provenance.title == "Agm notice"


@pytest.mark.parametrize("title", ["Document retention policy", "Untitled works, a guide", "Pay in 2026."])
def test_a_title_that_only_sounds_so_is_kept(title):
    assert load_bytes(pdf("Pay rose.", title=title), "a.pdf").provenance.title == title


@pytest.mark.parametrize(
    ("levels", "title"), [((0, 1), "Part 0"), ((1, 0), "Part 0"), ((1, 2, 2), "Part 1"), ((1, 1), "Terms")]
)
def test_a_word_document_has_the_title_that_is_set_as_one(levels, title):
    def fill(document):
        for level in levels:
            document.add_heading(f"Part {level}", level)
            document.add_paragraph("Pay rose.")

    assert load_bytes(word(fill, title="Word Document"), "terms.docx").provenance.title == title


def test_a_merged_cell_is_read_in_each_row_and_once_in_a_row():
    def fill(document):
        table = document.add_table(3, 3)
        for at, text in enumerate(["Year", "Pay", "", "2023", "5%", "4%", "", "3.5%", "3%"]):
            table.cell(at // 3, at % 3).text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(1, 0).merge(table.cell(2, 0))

    assert load_bytes(word(fill), "a.docx").text.split("\n\n") == [
        "Year | Pay",
        "2023 | Pay: 5% | Pay: 4%",
        "2023 | Pay: 3.5% | Pay: 3%",
    ]


@pytest.mark.parametrize("marked", [True, False])
def test_a_row_of_a_word_document_tells_its_columns(marked):
    def fill(document):
        table = document.add_table(3, 3)
        told = ["Grade", "An hour", "On call", "Driver", "19.40", "yes", "Inspector", "17.80", "no"]
        for at, text in enumerate(told):
            table.cell(at // 3, at % 3).text = text
        if marked:
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            table.cell(1, 1).text = "by agreement"

    lines = load_bytes(word(fill), "a.docx").text.split("\n\n")

    assert lines[2] == "Inspector | An hour: 17.80 | On call: no"


def test_a_row_of_markdown_tells_its_columns():
    source = "| Grade | An hour | On call |\n|---|---|---|\n| Driver | *by*<br>agreement | yes |\n"

    assert load_bytes(source.encode(), "pay.md").text.split("\n\n") == [
        "Grade | An hour | On call",
        "Driver | An hour: by agreement | On call: yes",
    ]


MENU = '<div id="menu"><a href="/">Home</a> <a href="/news">News</a> <a href="/shop">Shop</a></div>'


@pytest.mark.parametrize(
    "body",
    ["{}", "<div class=WordSection1>{}</div>", MENU + "<div>{}</div>", "<nav><a>Home</a></nav><div>{}</div>"],
)
def test_a_page_that_does_not_look_like_a_sites_keeps_its_headings_and_lists(body):
    fares = "".join(
        f"<p>This is what is paid for a ride in car {n}, by day and by night.</p>" for n in range(9)
    )
    told = f"{fares}<h2>Extras</h2><ul><li>Dogs: £3</li><li>Bicycles: £4</li></ul>"

    text = load_bytes(f"<html><body>{body.format(told)}</body></html>".encode(), "fares.html").text

    assert text.split("\n\n")[-3:] == ["Extras", "- Dogs: £3", "- Bicycles: £4"]
    assert "Home" not in text


def page(table):
    words = "The pool is open on each day of the week but for the first of May."
    return f"<article><p>{words}</p><table>{table}</table></article>".encode()


TIMETABLE = """<caption>Hours</caption><thead><tr><th>Day</th><th>Opens</th><th>Lanes</th></tr></thead>
<tr><td>Monday</td><td>7:00<br>9:00</td><td rowspan="2">four</td></tr>
<tr><td>Tuesday</td><td><p>9:00</p><p>noon</p></td></tr><tr><td>Sunday</td><td colspan="2">closed</td></tr>"""


def test_a_row_of_a_page_tells_its_columns():
    assert load_bytes(page(TIMETABLE), "pool.html").text.split("\n\n")[1:] == [
        "Hours",
        "Day | Opens | Lanes",
        "Monday | Opens: 7:00 9:00 | Lanes: four",
        "Tuesday | Opens: 9:00 noon",
        "Sunday | closed",
    ]


SHORT = """<tr><th>A</th><th>B</th><th>C</th></tr><tr><td>a1</td><td>b1</td><td rowspan="99999">c1</td></tr>
<tr><td>a2</td></tr><tr></tr><tr><td>a3</td><td>b3</td></tr>"""


def test_what_goes_on_from_the_rows_above_moves_no_cell():
    lines = load_bytes(page(SHORT), "a.html").text.split("\n\n")

    assert lines[-3:] == ["a1 | B: b1 | C: c1", "a2", "a3 | B: b3"]


KEYS = "".join(
    f"<tr><th>{key}</th><td>{value}</td></tr>"
    for key, value in [("Venue", "Hall"), ("Start", "9:00"), ("End", "9:40")]
)


def test_names_in_the_first_column_are_no_reason_to_take_the_first_row_for_a_head():
    assert "Start | 9:00" in load_bytes(page(KEYS), "a.html").text


def test_what_stands_in_a_form_is_read():
    def fill(document):
        paragraph, form = document.add_paragraph("Pay rose."), OxmlElement("w:sdt")
        form.append(OxmlElement("w:sdtContent"))
        paragraph._p.addprevious(form)
        form[0].append(paragraph._p)

    assert load_bytes(word(fill), "a.docx").text == "Pay rose."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encoding_it_has(encoding):
    text = "The naïve studios, “the winners”, agreed to the café scene."

    assert load_bytes(text.encode(encoding), "terms.txt").text == text


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"x", "terms.exe", "terms.exe is of a type that is not read: use .txt, .md, .html"),
        (b"x", "terms", "terms is of a type that is not read"),
        (b" \n", "terms.txt", "terms.txt holds no text: add some"),
        (b"", "terms.html", "terms.html holds no text"),
        (b"<html><script>x()</script></html>", "terms.html", "terms.html holds no text (made by"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "terms.txt",
            "terms.txt is in truth a picture: run it through OCR first",
        ),
        (b"\0\1\2\xff" * 9, "terms.txt", "terms.txt is not text"),
        (b"Pay rose.", "terms.pdf", "terms.pdf is not a PDF"),
        (b"%PDF-1.7 and no more", "terms.pdf", "terms.pdf is broken"),
        (pdf(""), "scan.pdf", "scan.pdf holds no text (a scan?): run it through OCR first"),
        (pdf("Pay rose.", password="x"), "terms.pdf", "terms.pdf is encrypted"),
        (b"Pay rose.", "terms.docx", "terms.docx is not a Word document"),
        (b"---\ntitle: a: b\n---\nPay.", "terms.md", "terms.md has front matter that is not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(content, name, why):
    assert refusal(content, name).startswith(why)


def test_a_word_document_that_would_fill_the_memory_is_refused():
    bomb = BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 101 * 2**20)

    assert "too large when unpacked" in refusal(bomb.getvalue(), "bomb.docx")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InvalidDocument, match="does not exist"):
        file_bytes(tmp_path / "gone.txt")


def test_a_file_of_any_length_is_refused_without_being_read_whole():
    with pytest.raises(InvalidDocument, match="/dev/zero is over 50 MiB: hand in the part that matters"):
        file_bytes(Path("/dev/zero"))


def test_an_address_without_end_is_left_out():
    content = b"---\nurl: https://example.org/%s\n---\nPay rose." % (b"a" * 3000)

    assert load_bytes(content, "terms.txt").provenance.url is None


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InvalidDocument, match="cannot be opened"):
        file_bytes(tmp_path)


@given(
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"---\n", b"<html>", b"\xff\xfe", b"# "]),
    st.binary(max_size=500),
    st.sampled_from(SUFFIXES),
)
def test_no_bytes_whatsoever_raise_anything_else(start, rest, suffix):
    with suppress(InvalidDocument):
        assert load_bytes(start + rest, f"any{suffix}").text


def test_importing_the_module_imports_no_parser():
    parsers = "{'trafilatura', 'pypdf', 'docx', 'markdown_it', 'charset_normalizer'}"
    check = f"import sys, ingest.load; assert not {parsers} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", check], check=True)
