"""Real parts, small: SQLite and Chroma in a temporary folder, and the encoder, exported once."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings

from ingest.submit import see_through
from knowledge.build import build_library
from knowledge.embed import BUNDLED_MODEL, Encoder, open_encoder
from knowledge.reader import Reader
from knowledge.settings import Settings
from knowledge.types import STARTER, Document, Provenance, Source

settings.register_profile("untimed", deadline=None)  # a machine may be busy with something else
settings.load_profile("untimed")
ROOT = Path(__file__).parents[1]
os.environ["HF_HUB_OFFLINE"] = "1"  # a model that is not here must not be looked for in the network
MODEL_DIR = Path(os.environ.get("MODEL_DIR") or ROOT / "data" / "models").resolve()


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from knowledge.library import Library
with Library(Path(sys.argv[1]), Path("unused"), "unused", 1).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


class RecordingEncoder(Encoder):
    """The real one; it also notes what it was given."""

    def __init__(self, folder):
        super().__init__(folder)
        self.passages = []

    def encode(self, texts, role):
        if role == "passage":
            self.passages += texts
        return super().encode(texts, role)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def model_dir():
    """Where the exported model is kept from one run to the next, for `make run` too."""
    open_encoder(BUNDLED_MODEL, MODEL_DIR, threads=2)
    return MODEL_DIR


@pytest.fixture(scope="session")
def _loaded_encoder(model_dir):
    return RecordingEncoder(model_dir / BUNDLED_MODEL)


@pytest.fixture
def encoder(_loaded_encoder):
    """The bundled model; `encoder.passages` are the texts that a test had embedded as such."""
    _loaded_encoder.passages.clear()
    return _loaded_encoder


@pytest.fixture(scope="session")
def reader():
    """The models that read passages, loaded once."""
    return Reader()


@pytest.fixture
def settings(tmp_path, model_dir):
    return Settings(_env_file=None, data_dir=tmp_path / "data", model_dir=model_dir, starter_corpus=False)


@pytest.fixture
def open_library(settings, encoder, reader):
    """Open a folder's library, the test's own unless another is named; as often as one likes."""
    opened = []

    def open_(data_dir=settings.data_dir):
        library = build_library(settings.model_copy(update={"data_dir": data_dir}))
        library.encoder, library.reader = encoder, reader  # loaded already
        opened.append(library)
        return library

    yield open_
    for library in opened:
        library.close()


@pytest.fixture
def library(open_library):
    """An empty one."""
    return open_library()


@pytest.fixture
def document():
    """Make a document as `ingest` would; the same name in the same scope is the same document."""

    def make(text, title="A title", *, name="a", scope=STARTER, kind="document", details=None, **about):
        return Document(
            Source(f"{scope}-{name}", scope, kind, Provenance(title, **about), details or {}),
            key=f"{name}.txt",
            digest=sha256(text.encode()).hexdigest(),
            text=text,
        )

    return make


@pytest.fixture
def take_in():
    """Have documents added and ids removed, and tell what came of each."""

    def take_in(library, *documents, remove=()):
        return see_through(library, library.catalogue.ask(add=documents, remove=remove))

    return take_in


@pytest.fixture
def other_writer(settings):
    """Another process that holds the writer's lock, until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, settings.data_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.fixture
async def discord():
    """A Discord on loopback; afterwards it says what the bot did that Discord would not take."""
    from loopback import Discord  # not every test pays for it

    async with Discord() as discord:
        yield discord


@pytest.fixture
def guild(discord):
    """One that the bot is in."""
    return discord.guild()


@pytest.fixture
def channel(guild):
    """Where everyone reads and writes."""
    return guild.channel()


@pytest.fixture
def ada(guild):
    """A member without a role."""
    return guild.member("ada")
