"""`picket facts …` as a person uses it; it needs no store, no model and no setting."""

import json
import re
import struct

import pytest
from typer.main import get_command

from bot.facts_cli import facts_app
from bot.timeline import WIDTH
from knowledge import facts

COMMANDS = sorted(get_command(facts_app).commands)


@pytest.fixture
def ask(picket):
    def ask(*words):
        done = picket("facts", *words)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert not picket.data_dir.exists()
        return done.stdout

    return ask


def test_list_prints_every_fact_with_its_fields(ask):
    listed = {record["id"]: record for record in json.loads(ask("list", "--json"))}
    shipped = facts.load().facts

    assert list(listed) == [fact.id for fact in shipped]
    for fact in shipped:
        assert facts.Fact.model_validate(listed[fact.id]) == fact
        assert listed[fact.id]["sources"][0]["url"].startswith("http")
    assert len(ask("list").splitlines()) == len(shipped)


def test_find_gives_an_id_that_show_takes(ask):
    id, title, short_answer = ask("find", "actors strike start", "--limit", "1").strip().split("\t")
    shown = ask("show", id)

    assert (id, short_answer) == ("sag-2023-start-date", "14 July 2023")
    assert shown.startswith(title)
    assert "Disputed: 14 July 2023 here. Some reports give 13 July" in shown
    assert "https://sagaftra.org/historic-dual-strike-2023" in shown


def test_show_tells_what_is_past_and_what_came_after(ask):
    shown = ask("show", "sag-2023-wages-general")

    assert "Until 30 June 2026; now 3% a year" in shown
    assert "sag26-raises" in shown


def test_a_timeline_shows_strikes_side_by_side_each_entry_with_its_source(ask):
    lines = ask("timeline", "--from", "2023", "--to", "2023").splitlines()
    [place] = [n for n, line in enumerate(lines) if "SAG-AFTRA 2023 strike: start date" in line]

    assert lines[place].startswith("┃ ● ")
    assert "2023-07-14" in lines[place]
    assert "https://" in lines[place + 1]


@pytest.mark.parametrize("light", [[], ["--light"]])
def test_a_timeline_is_drawn_into_a_file(ask, picket, light):
    assert ask("timeline", "law-and-courts", "--picture", "strikes.png", *light) == "drawn: strikes.png\n"

    png = (picket.folder / "strikes.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert width == WIDTH
    assert height > WIDTH


def test_the_other_commands_answer(ask):
    assert "studios" in ask("define", "AMPTP")
    assert ask("who", "sean astin").startswith("Sean Astin\n")
    assert "not legal advice" in ask("define", "Global Rule One")
    compared = ask("compare", "writers' contract 2023", "writers' contract 2026", "--aspect", "wages")
    assert compared.index("5%, 4%, 3.5%") < compared.index("1.5%, 3%, 3%, 3%")
    stands = ask("status")
    assert "as known to 5 July 2026" in stands
    assert "WGA contract of 2026, until 1 May 2030" in stands


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "wga-2023-duratoin"], "wga-2023-duration"),
        (["find", "xyzzyqwk"], "fewer words"),
        (["define", "flux capacitor"], "flux capacitor"),
        (["who", "SAG 2023"], "say which"),
        (["compare", "wga-mba-2023", "wga-mba-2026", "--aspect", "colour"], "wages"),
        (["compare", "Netflix", "Disney"], "Netflix"),
        (["timeline", "--from", "yesterday"], "YYYY"),
        (["timeline", "dga", "--to", "1901"], "dates"),
        (["timeline", "--picture", "no/such/folder.png"], "no/such/folder.png"),
        (["sing"], "sing"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(picket, words, said):
    done = picket("facts", *words)

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("picket: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_s_help_shows_a_real_example(picket, command):
    helped = re.sub(r"\s+", " ", picket("facts", command, "--help", COLUMNS="120").stdout)

    assert f"Example: picket facts {command}" in helped
