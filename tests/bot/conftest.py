"""The real program as a child process, and a store that several tests read and none changes."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest
from loopback import SOON

from bot.client import Rules, build_bot
from knowledge import facts
from knowledge.build import build_answerer, build_memory, build_quota
from knowledge.library import CATALOGUE
from knowledge.own_facts import OwnFacts

from .provider import Provider

PICKET = str(Path(sys.executable).with_name("picket"))
PATIENCE = 60
"""Seconds after which a child has hung."""
QUITE_SOME_TIME = 10
"""Seconds in which a child that has seen a signal ends, however busy the machine."""

LIGHTHOUSE = """\
---
title: The lighthouse of Corvo
publisher: Harbour Office
url: https://example.org/lighthouse
published: 1891-05
---
The lighthouse at Corvo was lit in 1891. Its first keeper was Amalia Brandt, for 31 years.
The lamp burned whale oil until 1902. A cat named Pepper lived in the tower.
"""
BAKERY = """\
---
title: The bakery of Sark
---
The bakery on Sark opens at five in the morning. Its rye bread is baked by Tobias Lund.
"""


class Picket:
    """Runs `picket` in a folder and an environment of its own."""

    def __init__(self, folder, model_dir, **environment):
        self.folder = folder
        self.data_dir = folder / "data"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "MODEL_DIR": str(model_dir),
            "DATA_DIR": str(self.data_dir),
            "STARTER_CORPUS": "false",
            **environment,
        }

    def __call__(self, *arguments, stdin=b"", **environment):
        """Run a command to its end; whatever happens, no traceback."""
        done = subprocess.run(
            [PICKET, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=PATIENCE,
            cwd=self.folder,
            env=self.environment | environment,
            check=False,
        )
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in done.stderr
        return done

    def start(self, *arguments, **environment):
        """Start a command whose pipes the test holds; one that hangs is killed."""
        return Child(
            [PICKET, *arguments],
            bufsize=0,  # what `ask` leaves unread is still there for `end`
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment | environment,
        )


def _hear_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Child(subprocess.Popen):
    """A running command."""

    def __init__(self, *arguments, **options):
        # A shell gives what it runs in the background a deaf ear to Ctrl-C, for its children too.
        super().__init__(*arguments, preexec_fn=_hear_ctrl_c, **options)
        self._watch()

    def _watch(self):
        self._watchdog = Timer(PATIENCE, self.kill)
        self._watchdog.start()

    def ask(self, line):
        """Write one line and read one, before anything else is written."""
        self._watchdog.cancel()
        self._watch()
        self.stdin.write(line + b"\n")
        self.stdin.flush()
        return self.stdout.readline()

    def interrupt(self):
        """Press Ctrl-C; once more where that came right before Python began to wait, and was not seen."""
        self.send_signal(signal.SIGINT)
        try:
            self.wait(QUITE_SOME_TIME)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGINT)

    def end(self):
        """Close the input and wait for the end: what else came out, and the complaints."""
        out, complaints = self.communicate()
        self._watchdog.cancel()
        return out.decode(), complaints.decode()


@pytest.fixture
def picket(tmp_path, model_dir):
    """The program with nothing ingested yet."""
    return Picket(tmp_path, model_dir)


@pytest.fixture(scope="session")
def keeping(tmp_path_factory, model_dir):
    """The program with two documents, one for all and one for guild 42: to be read only."""
    folder = tmp_path_factory.mktemp("keeping")
    (folder / "lighthouse.txt").write_text(LIGHTHOUSE)
    (folder / "bakery.md").write_text(BAKERY)
    picket = Picket(folder, model_dir)
    assert picket("ingest", "lighthouse.txt").returncode == 0
    assert picket("ingest", "bakery.md", "--guild", "42").returncode == 0
    return picket


HARBOUR = {
    "The lighthouse of Corvo": "The lighthouse of Corvo was lit on 3 May 1891. "
    "Its first keeper was Amalia Brandt.",
    "The bakery on Sark": "The bakery on Sark opens at five in the morning and sells rye bread.",
    "The Gotthard tunnel": "The Gotthard base tunnel is 57 kilometres long and opened in 2016.",
}
LIT = "When was the lighthouse of Corvo lit?"
NONSENSE = "What is the boiling point of molten tungsten on Venus?"


async def at_rest(bot):
    """Wait until all that was asked is answered, and noted as answered."""
    async with asyncio.timeout(SOON):
        while bot._under_way:
            await asyncio.wait(bot._under_way)


@pytest.fixture
def harbour(library, document, take_in):
    """A library of three documents."""
    about = {"publisher": "Harbour Office", "url": "https://example.org/harbour", "published": "1999-04"}
    take_in(library, *(document(text, title, name=title, **about) for title, text in HARBOUR.items()))
    return library


@pytest.fixture
def memory(settings):
    memory = build_memory(settings)
    yield memory
    memory.close()


@pytest.fixture(scope="session")
def shipped():
    """The starter corpus."""
    return facts.load()


@pytest.fixture
def make_bot(discord, harbour, settings, memory, shipped):
    """Build the bot with the real parts, or with another answerer, other facts, other ways."""
    opened = []

    def make(answerer=None, shipped=shipped, **ways):
        answerer = answerer or build_answerer(settings, harbour)
        opened.append(OwnFacts(settings.data_dir / CATALOGUE, shipped))
        way_in = {"connector": discord.connector, "guild_ready_timeout": 0.1}
        rules = Rules(build_quota(settings), timedelta(days=180), **ways)
        return build_bot(harbour, answerer, memory, opened[-1], rules, **way_in)

    yield make
    for own in opened:
        own.close()


@pytest.fixture(scope="session")
def provider():
    """A chat model's; a test says what it does next."""
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
async def bot(discord, channel, make_bot):
    """The bot, in Discord."""
    async with discord.running(make_bot()) as bot:
        yield bot
