"""The program as a person uses it, in a process of its own."""

import json
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import docx
import pytest
from fpdf import FPDF
from typer.main import get_command

from bot.cli import _answerer, app

KEEPER = "Who was the first keeper of the lighthouse at Corvo?"
BAKER = "Who bakes the rye bread on Sark?"
COMMANDS = sorted(get_command(app).commands)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde" + bytes(range(256)) * 4


def refusal(done):
    """The one sentence of a command that failed, having printed nothing else."""
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("picket: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


@pytest.fixture
def folder(tmp_path):
    """One readable document of each kind, and four that are not."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "gate.txt").write_text(
        '---\ntitle: "The gate of [bold]Marl[/bold] \\e[31m"\n---\nOtto shut it in 1700.'
    )
    (folder / "mill.md").write_text("# The mill of Sark\n\nThe mill on Sark ground its last corn in 1844.")
    (folder / "pier.html").write_text(
        "<title>The pier of Nore</title><article><p>The pier at Nore was built of oak by Jane Holm,"
        " who also drew the plans of the two bridges behind it.</p></article>"
    )
    word = docx.Document()
    word.add_paragraph("The ferry to Lund left every day at six in the morning.")
    word.save(folder / "ferry.docx")
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    pdf.multi_cell(0, 8, "The bell of Aske was cast in 1650 by the founder Piet Roos.")
    pdf.output(folder / "bell.pdf")

    (folder / "empty.txt").touch()
    (folder / "picture.txt").write_bytes(PNG)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nand then nothing")
    (folder / "program.exe").write_bytes(b"MZ")
    return folder


def test_ingest_tells_what_became_of_every_file_and_goes_on_after_a_bad_one(picket, folder):
    first = picket("ingest", folder)

    assert first.returncode == 1
    assert sorted(line.split(": ")[0] for line in first.stdout.splitlines()) == ["added"] * 5
    assert "The gate of [bold]Marl[/bold]" in first.stdout
    assert "\x1b" not in first.stdout
    refused = [line for line in first.stderr.splitlines() if line.startswith("refused: ")]
    for name, reason in {
        "broken.pdf": "broken",
        "empty.txt": "no text",
        "picture.txt": "a picture",
        "program.exe": "type",
    }.items():
        assert any(name in line and reason in line for line in refused)
    assert len(refused) == 4
    assert "pypdf" not in first.stderr

    (folder / "gate.txt").write_text("Otto opened the gate of Marl again in 1702.")
    second = picket("ingest", folder / "gate.txt", folder / "mill.md")

    assert second.returncode == 0
    assert [line.split(": ")[0] for line in second.stdout.splitlines()] == ["replaced", "unchanged"]

    listed = picket("documents").stdout.splitlines()
    assert listed[0].split("\t") == ["id", "title", "scope", "passages", "added (UTC)"]
    assert len(listed) == 6
    (ferry,) = [line.split("\t")[0] for line in listed if "ferry" in line.lower()]

    assert picket("remove", ferry).stdout.startswith("removed: ")
    answer = json.loads(picket("ask", "When did the ferry to Lund leave?", "--json").stdout)
    assert ferry not in {citation["document_id"] for citation in answer["citations"]}


def test_a_file_whose_name_is_no_text_is_refused_and_the_others_go_on(picket, folder):
    (folder.parent / "odd").mkdir()
    (folder.parent / "odd" / "fine.txt").write_text("Otto shut the gate of Marl in 1700.")
    with open(bytes(folder.parent / "odd") + b"/\xff.txt", "w") as odd:  # noqa: PTH123 - a Path is text
        odd.write("A text.")

    done = picket("ingest", "odd", "--title", "Marl")

    assert done.returncode == 1
    assert done.stdout.startswith("added: Marl (fine-")
    assert "name" in done.stderr


def test_an_embedding_model_that_cannot_be_had_is_tried_once(picket):
    done = picket("ask", KEEPER, EMBEDDING_MODEL="no/such-model", HF_HUB_OFFLINE="1")

    assert done.returncode == 1
    assert done.stderr.count("preparing the embedding model") == 1
    assert "check EMBEDDING_MODEL" in done.stderr.splitlines()[-1]


def test_an_answer_names_its_source_and_a_question_beside_the_point_gets_none(keeping):
    answer = keeping("ask", KEEPER).stdout

    assert "Amalia Brandt" in answer
    assert "[1] Quoted from “The lighthouse of Corvo” · Harbour Office · 1891-05" in answer
    assert "https://example.org/lighthouse" in answer

    unrelated = keeping("ask", "Which enzyme splits lactose in the human gut?")
    assert unrelated.returncode == 0
    assert "[1]" not in unrelated.stdout


def test_json_holds_the_same_for_a_program_and_a_guild_s_own_documents(keeping):
    done = keeping("ask", BAKER, "--json", "--guild", "42", PYTHONIOENCODING="ascii")

    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    citation = json.loads(line)["citations"][0]
    assert "Tobias Lund" in citation.pop("passage")
    assert citation.pop("document_id").startswith("bakery-")
    assert citation == {
        "n": 1,
        "title": "The bakery of Sark",
        "publisher": None,
        "url": None,
        "published": None,
    }


def ill(done):
    """What the doctor is not content with."""
    assert done.returncode == 1
    return [line for line in done.stdout.splitlines() if not line.startswith("✓")]


def assert_healthy(done):
    assert done.returncode == 0
    assert {line[0] for line in done.stdout.splitlines()} == {"✓"}


@pytest.mark.parametrize("remedy", [["reindex"], ["doctor", "--repair"]])
def test_the_doctor_says_what_to_do_about_a_lost_index_and_that_helps(keeping, picket, remedy):
    shutil.copytree(keeping.data_dir, picket.data_dir)
    shutil.rmtree(picket.data_dir / "index")

    lost, *named = ill(picket("doctor"))
    assert "picket reindex" in lost
    assert [line.split(":")[0] for line in named] == ["✗ vectors of guild-42", "✗ vectors of starter"]
    assert all(" missing (" in line and "picket doctor --repair" in line for line in named)

    assert picket(*remedy).returncode == 0
    assert_healthy(picket("doctor"))


def test_the_doctor_names_whose_words_are_lost_and_repairs_them(keeping, picket):
    shutil.copytree(keeping.data_dir, picket.data_dir)
    with closing(sqlite3.connect(picket.data_dir / "catalogue.db")) as catalogue:
        catalogue.execute('DROP TABLE "words starter"')
        catalogue.commit()

    (found,) = ill(picket("doctor"))
    assert re.search(
        r"words of starter: \d+ missing \(lighthouse-[0-9a-f]+\); run `picket doctor --rep", found
    )

    repaired = picket("doctor", "--repair")
    assert "repair: words of starter: " in repaired.stdout
    assert_healthy(repaired)
    assert "nothing was to be done" in picket("doctor", "--repair").stdout


def test_the_doctor_does_not_repair_what_another_picket_writes(settings, picket, other_writer):
    data_dir = {"DATA_DIR": str(settings.data_dir)}

    (refused,) = [line for line in ill(picket("doctor", "--repair", **data_dir)) if "epair:" in line]

    assert "another Picket" in refused


def test_what_was_no_page_is_not_refreshed(keeping, picket):
    (lighthouse,) = re.findall(r"lighthouse-\w+", keeping("documents").stdout)

    assert "was not fetched from the web" in refusal(keeping("refresh", lighthouse))
    assert "no document has the id" in refusal(keeping("refresh", "nobody"))


def test_the_program_fetches_at_the_ports_that_the_operator_names(
    picket, library, settings, document, take_in
):
    here, elsewhere = "http://127.0.0.1:8443/", "http://127.0.0.1/"
    take_in(library, replace(document("It was lit in 1891."), key=elsewhere))
    named = {"FETCH_PORTS": "8443", "DATA_DIR": str(settings.data_dir)}

    ingested, refreshed = picket("ingest", here, elsewhere, **named), picket("refresh", "starter-a", **named)

    _, allowed, barred = " ".join(ingested.stderr.split()).split("refused: ")
    assert "not on the open internet" in allowed
    assert "a port other than 8443" in barred
    assert "a port other than 8443" in refusal(refreshed)


IMPOSSIBLE = [
    (["remove", "no-such"], {}, "picket documents"),
    (["documents"], {"THREADS": "zero"}, "THREADS"),
    (["documents"], {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    (["documents"], {"FETCH_PORTS": "80,http"}, "FETCH_PORTS"),
    (["documents"], {"FETCH_PORTS": "70000"}, "65535"),
    (["documents"], {"DATA_DIR": "/dev/null"}, "DATA_DIR"),
    (["ask", "Who?"], {}, "picket ingest"),
    (["ask", "  "], {}, "question"),
    (["ask"], {}, "picket ask --help"),
    (["ask", "Who?", "--batch", "x.jsonl"], {}, "--batch"),
    (["ask", "--batch", "no-such.jsonl"], {}, "no-such.jsonl"),
    (["ask", "--batch", "x.jsonl", "--guild", "42"], {}, "guild"),
    (["ask", "Who?", "--loudly"], {}, "--loudly"),
    (["ingest"], {}, "picket ingest --help"),
    (["ingest", "x.txt", "--published", "yesterday"], {}, "YYYY"),
    (["ingest", "x.txt", "--guild", "A B"], {}, "guild"),
    (["ingest", "x.txt", "--url", "here"], {}, "https://"),
    (["sing"], {}, "sing"),
    (["ask", "Who?"], {"CHAT_MODEL": "nonsense"}, "CHAT_MODEL"),
]


def test_what_cannot_be_done_is_said_in_one_sentence(picket):
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(picket, *words, **settings) for words, settings, _ in IMPOSSIBLE]

    for (words, settings, said), run in zip(IMPOSSIBLE, runs, strict=True):
        assert said in refusal(run.result()), (words, settings)


def test_every_command_s_help_shows_a_real_example(picket):
    children = {
        command: picket.start(*command.split(), "--help", COLUMNS="120") for command in ["", *COMMANDS]
    }
    for command, child in children.items():
        out, complaints = child.end()
        assert complaints == ""
        assert f"Example: picket {command}".rstrip() in re.sub(r"\s+", " ", out)


def test_ctrl_c_in_a_chat_is_quiet(keeping):
    child = keeping.start("chat")
    assert b"Amalia Brandt" in child.ask(KEEPER.encode())
    child.interrupt()

    assert child.wait() == 130
    assert child.end()[1] == ""


def test_ctrl_c_between_two_lines_of_a_batch_is_quiet(keeping):
    child = keeping.start("ask", "--batch", "-")
    assert b'"id": 1' in child.ask(b'{"id": 1, "question": "Who?"}')
    child.interrupt()

    assert child.wait() == 130
    assert child.end() == ("", "")


def test_a_reader_who_has_had_enough_hears_no_complaint(keeping):
    child = keeping.start("ask", "--batch", "-")
    child.ask(b'{"question": "Who?"}')
    child.stdout.close()
    child.stdin.write(b'{"question": "Who?"}\n' * 3)
    child.stdin.close()

    assert child.stderr.read() == b""
    assert child.wait() == 1


def test_a_chat_over_a_pipe_answers_each_line_at_once_and_ends_with_the_input(keeping):
    child = keeping.start("chat")
    assert b"Amalia Brandt" in child.ask(KEEPER.encode())
    child.stdin.write(b"x" * 10_000 + b"\n")
    out, complaints = child.end()

    assert child.returncode == 0
    assert out.count("[1] Quoted from") == 1
    assert "question" in complaints


def test_the_bot_without_a_token_says_where_to_get_one(picket):
    done = picket("bot")

    assert done.returncode == 1
    assert "the bot needs DISCORD_TOKEN" in done.stderr


@pytest.mark.parametrize(("wait", "left"), [(True, 0), (False, 1)])
def test_the_bot_is_there_before_all_that_waits_is_indexed(settings, library, document, take_in, wait, left):
    take_in(library, document("The quay of Sark is long.", name="quay"))
    library.catalogue.ask(add=[document("The picnic is on 14 June.", name="picnic")])

    assert _answerer(settings, library, wait=wait)
    assert library.catalogue.waiting_count() == left


def test_a_first_index_is_waited_for(settings, library, document):
    library.catalogue.ask(add=[document("The quay of Sark is long.", name="quay")])
    _answerer(settings, library, wait=False)

    assert library.catalogue.waiting_count() == 0
