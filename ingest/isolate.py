"""Reads what a stranger made in a child process, so that a bad document costs one message, no more.

Parsers are large, and partly in C. A child that takes too much, hangs or crashes is ended, and the next
document gets a new one; a child that behaves is kept for the next, as its start takes a third of a second.
It is given no setting and no key: its environment holds what Python needs to start. Memory is not limited
on macOS, whose kernel has no such limit.
"""

import atexit
import json
import logging
import math
import os
import resource
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from signal import SIGXCPU
from tempfile import TemporaryFile
from traceback import format_exc
from typing import Any

from ingest.found import Hidden, MisleadingLink
from ingest.inspect import Inspection, Instruction, inspect_bytes
from ingest.load import MAX_TEXT, Loaded, load_bytes
from knowledge.errors import InvalidDocument
from knowledge.types import Provenance

log = logging.getLogger(__name__)

_MAX_ANSWER = 4 * MAX_TEXT + 2**20
"""Bytes: the longest text in UTF-8, and ample room for where it comes from."""

_MAX_ERRORS = 2**20
"""Bytes that a child may write to standard error, or to any file; parsers complain at length."""

_ROOT = Path(__file__).parents[1]
"""Where this package is imported from."""

_NEEDED = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""Of the environment, what Python or its libraries may not start without."""

_STALLED = 10
"""Seconds for which a child may neither take nor give a byte of a message that was begun."""

_OVER_MEMORY = 99
"""Exit status; Python and shells have other meanings for other numbers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may cost."""

    memory: int = 2**30
    """Bytes of address space. With every parser loaded, 0.2 GiB are taken."""
    processor: int = 60
    """Seconds of processor time: 2,000 pages of a PDF at 30 ms."""
    clock: float = 120
    """Seconds by the clock, with the start of a child: a busy machine needs twice as many."""


_LIMITS = Limits()


def load_apart(content: bytes, name: str, url: str | None = None, limits: Limits = _LIMITS) -> Loaded:
    """Do as `ingest.load.load_bytes` does, in a child process.

    It blocks until the document is read. It may be called on several threads at once, each of which
    then has a child of its own.

    Raises:
        InvalidDocument: as `load_bytes`, or a limit was hit, or the parser crashed.
    """
    return _loaded(_asked(content, name, url, limits, inspect=False))


def inspect_apart(
    content: bytes, name: str, url: str | None = None, limits: Limits = _LIMITS
) -> tuple[Loaded, Inspection]:
    """Do as `ingest.inspect.inspect_bytes` does, in a child process. See `load_apart`."""
    answer = _asked(content, name, url, limits, inspect=True)
    told = answer["inspection"]
    found = {
        "hidden": tuple(Hidden(**hidden) for hidden in told["hidden"]),
        "links": tuple(MisleadingLink(**link) for link in told["links"]),
        "instructions": tuple(Instruction(**words) for words in told["instructions"]),
        "textless_pages": tuple(told["textless_pages"]),
    }
    return _loaded(answer), Inspection(**{**told, **found})


def _loaded(answer: Mapping[str, Any]) -> Loaded:
    text, provenance, digest = answer["loaded"]
    return Loaded(text, Provenance(*provenance), digest)


def _asked(content: bytes, name: str, url: str | None, limits: Limits, *, inspect: bool) -> dict[str, Any]:
    """Have a child read a document; what comes back is described at `_answer`."""
    child = _idle_child() or _Child()
    try:
        answer = child.ask(content, {"name": name, "url": url, "inspect": inspect}, limits)
    except BaseException:
        child.end()
        raise
    if _idle or answer["space"] > limits.memory / 2:  # what it holds on to is no burden on the next
        child.end()
    else:
        _idle.append(child)
    if refused := answer["refused"]:
        log.debug("%s", answer["because"])
        raise InvalidDocument(refused)
    return answer


class _Child:
    """A process that reads one document after another."""

    def __init__(self) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115 - open as long as the child lives
        self._connection, theirs = Pipe()
        _lose_patience_after(_STALLED, self._connection)
        with theirs:
            # -P: a docx.py in the folder that is being read must not be imported.
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-P", "-X", "faulthandler", "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env={name: os.environ[name] for name in _NEEDED if name in os.environ}
                | {"PYTHONPATH": str(_ROOT)},
            )

    def ask(self, content: bytes, about: Mapping[str, object], limits: Limits) -> dict[str, Any]:
        """Have a document read; what comes back is described at `_answer`.

        Raises:
            InvalidDocument: the child ended over it.
        """
        begun = time.monotonic()
        try:
            self._connection.send_bytes(_packed({**about, "limits": astuple(limits)}))
            self._connection.send_bytes(content)
            if not self._connection.poll(limits.clock):
                self.process.kill()
            return _unpacked(self._connection.recv_bytes(_MAX_ANSWER))
        except (EOFError, OSError) as error:
            if isinstance(error, BlockingIOError):
                self.process.kill()
            late = time.monotonic() - begun >= limits.clock
            raise InvalidDocument(f"{about['name']} {self._why_it_ended(limits, late=late)}") from error

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        self._connection.close()
        self._errors.close()

    def _why_it_ended(self, limits: Limits, *, late: bool) -> str:
        self._connection.close()
        status = self.process.wait()
        self._errors.seek(0)
        log.info("child ended with %s: %s", status, self._errors.read().decode(errors="replace"))
        if status == -SIGXCPU or late:
            seconds = limits.clock if late else limits.processor
            return f"takes over {seconds:g} seconds to read: hand in the part that matters, or its text"
        if status == _OVER_MEMORY:
            mebibytes = limits.memory // 2**20
            return f"takes over {mebibytes} MiB of memory to read: hand in the part that matters, or its text"
        return "crashes what reads it: save it anew, or as text, and try again"


def _lose_patience_after(seconds: int, connection: Connection) -> None:
    """Have what is sent and received fail with `BlockingIOError` when the other side does nothing."""
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        for way in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            end.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", seconds, 0))


_idle: list[_Child] = []


def _idle_child() -> _Child | None:
    with suppress(IndexError):  # another thread may take the last one
        while child := _idle.pop():
            if child.process.poll() is None:
                return child
            child.end()
    return None


@atexit.register
def _end_idle() -> None:
    while _idle:
        _idle.pop().end()


def _serve(connection: Connection) -> None:
    """Read what is sent, until the parent hangs up."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _MAX_ERRORS)
    with suppress(EOFError):
        while True:
            asked = _unpacked(connection.recv_bytes())
            _limit_all(Limits(*asked["limits"]))
            connection.send_bytes(_packed(_answer(connection.recv_bytes(), asked)))


def _answer(content: bytes, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was loaded, and seen if that was asked for, or why it was refused; and the space then held."""
    loaded, inspection, refused, because = None, None, None, None
    document = content, asked["name"], asked["url"]
    try:
        if asked["inspect"]:
            loaded, inspection = inspect_bytes(*document)
        else:
            loaded = load_bytes(*document)
    except InvalidDocument as error:
        refused, because = str(error), format_exc()
    return {
        "loaded": loaded and astuple(loaded),
        "inspection": inspection and asdict(inspection),
        "refused": refused,
        "because": because,
        "space": _space(),
    }


def _limit_all(limits: Limits) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + limits.processor)
    with suppress(ValueError):  # macOS
        _limit(resource.RLIMIT_AS, limits.memory)


def _limit(what: int, most: int) -> None:
    """Set the soft limit only, so that the next document can have another."""
    hard = resource.getrlimit(what)[1]
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (soft, hard))


def _space() -> int:
    """The address space that is taken now, in bytes; 0 where the kernel does not tell, or limit it."""
    with suppress(FileNotFoundError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    return 0


def _packed(message: Mapping[str, object]) -> bytes:
    """JSON, as a parent must not unpickle what a child sends; names of files may be no Unicode."""
    return json.dumps(message, ensure_ascii=False).encode(errors="surrogatepass")


def _unpacked(message: bytes) -> dict[str, Any]:
    unpacked: dict[str, Any] = json.loads(message.decode(errors="surrogatepass"))
    return unpacked


if __name__ == "__main__":
    try:
        _serve(Connection(int(sys.argv[1])))
    except MemoryError:
        os._exit(_OVER_MEMORY)  # at once: an orderly exit may need more
