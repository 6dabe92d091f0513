"""`.env.example` and the settings hold together."""

import re
from pathlib import Path

import pytest

from bot.settings import BotSettings
from ingest.fetch import WEB_PORTS

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"(?P<off># )?(?P<name>[A-Z_]+)=(?P<value>\S*)  # (?P<comment>.+)")
LINES = [match for line in EXAMPLE.read_text().splitlines() if (match := LINE.fullmatch(line))]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in BotSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_example_lists_every_setting_once_with_its_description():
    listed = [(line["name"].lower(), line["comment"]) for line in LINES]

    assert listed == [(name, field.description) for name, field in BotSettings.model_fields.items()]


def test_the_example_as_it_stands_changes_nothing():
    assert BotSettings(_env_file=EXAMPLE) == BotSettings(_env_file=None)


def test_only_what_has_no_default_is_commented_out():
    off = {line["name"].lower() for line in LINES if line["off"]}

    assert off == {name for name, field in BotSettings.model_fields.items() if field.default is None}


def test_pages_are_fetched_at_the_webs_own_ports_unless_others_are_named(monkeypatch):
    assert BotSettings(_env_file=None).fetch_ports == WEB_PORTS

    monkeypatch.setenv("FETCH_PORTS", "80, 443,8443")

    assert BotSettings(_env_file=None).fetch_ports == {80, 443, 8443}
