"""`kill -9` while documents are added, replaced, removed, refreshed, restored and purged: is each
wholly there, or not at all, and does the ledger tell how that came?

    python tests/torture/kill9.py [--rounds 15] [--seed 1]

In each round some documents are new, some changed, some fetched again, some removed; some acts are
undone, and of others the time to undo them is over. `picket ingest` is killed at a random moment,
mostly between the first job's queueing and the last commit; where something is to be erased for good,
mostly while that is done and the file is written anew. Some rounds are those of a guild's
moderators: what takes in their documents (moderators.py) asks right before each commit whether they
may, as the bot does. What is left is then looked at in a copy, by `picket doctor` as well, so that the
next round's process finds it untouched.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL

import numpy as np

from bot.doctor import check
from bot.settings import BotSettings
from ingest.index import BATCH
from ingest.submit import Told, read
from knowledge.catalogue import Catalogue
from knowledge.embed import BUNDLED_MODEL, open_encoder
from knowledge.errors import NothingToUndo
from knowledge.ledger import Ledger
from knowledge.sentences import with_title
from knowledge.store import Store
from knowledge.types import STARTER, scope_of

ROOT = Path(__file__).parents[2]
MODEL_DIR = Path(os.environ.get("MODEL_DIR") or ROOT / "data" / "models").resolve()
GUILD = "7"
DOCUMENTS = 40
"""In a scope: more than a batch."""
PLACES = {STARTER: range(DOCUMENTS), scope_of(GUILD): range(500, 500 + DOCUMENTS)}
"""By scope, the numbers of its documents."""
IDS = {STARTER: "report-0*", scope_of(GUILD): "report-5*"}
"""Those that come of these numbers."""
CHANCE_GUILD = 0.4
"""That a round is one of the guild's moderators."""
CHANCE_NEW, CHANCE_CHANGED, CHANCE_REFRESHED, CHANCE_REMOVED, CHANCE_UNDONE = 0.6, 0.1, 0.05, 0.05, 0.5
CHANCE_OVER = 0.45
"""That the time to undo all acts but the newest is over, in a round."""
NEWEST = 10
"""Acts that can be undone all the same."""
AIMED_AT_COMPACTION = 0.8
"""The share of kills that wait until something has been erased, where something is to be."""
LONGEST_COMPACTION = 0.01
"""Seconds from there until the file is written anew."""
AIMED = 0.85
"""The share of kills that wait until jobs are queued; the others may come at any moment."""
AT_ONCE = 0.4
"""The share of those that come right at a commit or erasure; the others come some time after it."""
MOST_TRIES = 3
"""For a kill: a process may have ended before it."""
PATIENCE = 120
"""Seconds after which a process that neither queues nor ends is given up."""


class Unsound(Exception):
    """The store is not as it must be."""


@dataclass
class Killer:
    """One store, its folder of documents, and what each document may be by now."""

    home: Path
    random: random.Random
    scope: str = STARTER
    """That of the present round."""
    editions: int = 0
    asked: defaultdict[str, list[str | None]] = field(default_factory=lambda: defaultdict(lambda: [None]))
    """By file name: the text last seen in the store, then those asked for since; None for none."""
    kills: int = 0
    """Those that found the process alive."""
    amid_work: int = 0
    amid_compaction: int = 0
    """Those after something was erased, and before the file was written anew and its log emptied."""
    start_up: float = 0.0
    until_commit: float = 0.0
    per_batch: float = 0.0
    """Seconds: from the start to the queue, on to the first commit, from one to the next."""

    def __post_init__(self):
        self.data, self.permitted = self.home / "data", self.home / "permitted"
        self.permitted.touch()
        for scope in PLACES:
            (self.home / scope).mkdir()

    @property
    def folder(self):
        """Where the documents of the present round are."""
        return self.home / self.scope

    def run(self, rounds):
        """Change, kill and look, until so many kills are made; then let it finish, and look once more."""
        for n in range(MOST_TRIES * rounds + 1):
            self.scope = scope_of(GUILD) if n and self.random.random() < CHANCE_GUILD else STARTER
            self.change()
            said = self.kill() if n else self.measure()
            print(f"round {n}, {self.scope}: {said}; {self.look()} jobs left", flush=True)
            if self.kills == rounds:
                break
        self.finish()
        print(f"{self.amid_work} of {self.kills} kills came amid the work", flush=True)
        print(f"{self.amid_compaction} of {self.kills} kills came amid a compaction", flush=True)
        done = self.rows(self.data, "SELECT act, count(*) FROM ledger GROUP BY act ORDER BY act")
        [(undone,)] = self.rows(self.data, "SELECT count(*) FROM ledger WHERE undone")
        print(", ".join(f"{count} {act}" for act, count in [*done, ("undone", undone)]), flush=True)
        if self.kills < rounds or self.amid_work < rounds // 5 or self.amid_compaction < rounds // 15:
            raise Unsound("too few kills, or too few amid the work or a compaction, to tell")
        if not undone:
            raise Unsound("nothing was undone")

    def change(self):
        """Write new and changed documents; queue the rest, as the commands of moderators do."""
        removed, refreshed, busy = [], [], set()
        for n in PLACES[self.scope]:
            path = self.folder / f"report-{n:03}.txt"
            chance = self.random.random()
            if not path.exists():
                if chance < CHANCE_NEW:
                    self.write(path, n)
                    busy.add(path.name)
            elif chance < CHANCE_REMOVED:
                removed.append(read(str(path), self.scope, Told()).source.id)
                self.wish(path, None)
                busy.add(path.name)
            elif chance < CHANCE_REMOVED + CHANCE_CHANGED + CHANCE_REFRESHED:
                self.write(path, n)
                busy.add(path.name)
                if chance < CHANCE_REMOVED + CHANCE_REFRESHED:
                    refreshed.append(read(str(path), self.scope, Told()))
        if (self.data / "catalogue.db").exists():
            with closing(Catalogue(self.data / "catalogue.db")) as catalogue:
                busy |= {name_of(job.document_id) for job in catalogue.waiting()}
                catalogue.ask(remove=removed, refresh=refreshed, person="ada")
            self.undo(busy)
            if self.random.random() < CHANCE_OVER:
                self.let_time_pass(but=NEWEST)

    def undo(self, busy):
        """Undo what was done with documents of which nothing else is asked, where nothing later stands."""
        with closing(Ledger(self.data / "catalogue.db")) as ledger:
            acts = ledger.acts(self.scope, limit=2 * DOCUMENTS)
            for act in self.random.sample(acts, len(acts)):
                name = name_of(act.document_id)
                if name in busy or not act.undo_until or self.random.random() > CHANCE_UNDONE:
                    continue
                with suppress(NothingToUndo):
                    ledger.undo(self.scope, act.number, "bob")
                    busy.add(name)
                    query = f"SELECT json_extract(before, '$.text') FROM ledger WHERE number = {act.number}"
                    self.wish(self.folder / name, self.rows(self.data, query)[0][0])

    def let_time_pass(self, *, but=0):
        """Let it be too late to undo all acts but some of the newest."""
        with closing(sqlite3.connect(self.data / "catalogue.db", timeout=10)) as connection, connection:
            connection.execute(
                "UPDATE ledger SET undo_until = '2000-01-01 00:00:00.000000' WHERE undo_until IS NOT NULL"
                " AND number <= (SELECT max(number) FROM ledger) - ?",
                (but,),
            )

    def wish(self, path, text):
        """Have a file be, and be asked for as, a text; None: there is to be none."""
        self.asked[path.name].append(text)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)

    def write(self, path, n):
        """Write an edition; a third of its sentences were in those before, too."""
        self.editions += 1
        sentences = (
            f"Report {n} says in edition {self.editions if i % 3 else 0} that hall {i} was full."
            for i in range(self.random.randint(2, 10))
        )
        self.wish(path, "\n\n".join(sentences))

    def start(self):
        """Start `picket ingest`, or what the moderators use; its output goes to a file."""
        mine = {"DATA_DIR": self.data, "MODEL_DIR": MODEL_DIR, "STARTER_CORPUS": "false"}
        ingest = ["-m", "bot", "ingest", self.folder]
        if self.scope != STARTER:
            ingest = [Path(__file__).with_name("moderators.py"), self.folder, GUILD, self.permitted]
        with (self.home / "output").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, *ingest],
                env=os.environ | {name: str(value) for name, value in mine.items()},
                cwd=self.home,
                stdout=output,
                stderr=output,
            )

    def measure(self):
        """Let the first round finish, to learn how long things take."""
        begun = time.monotonic()
        process = self.start()
        self.wait_for_jobs(process, 0)
        queued = time.monotonic()
        jobs = self.jobs()[1]
        self.wait_for_rest(process, jobs - 1)
        committed = time.monotonic()
        self.wait_for_rest(process, 0)
        self.start_up, self.until_commit = queued - begun, committed - queued
        self.per_batch = (time.monotonic() - committed) / max(jobs // BATCH, 1)
        self.wait_for_end(process)
        return f"not killed, the first commit came {committed - begun:.2f} s after the start"

    def kill(self):
        """Start, and kill at a random moment: after the start, the queueing, an erasure or some commit."""
        last, _ = self.jobs()
        is_aimed_at_compaction = self.to_be_erased() and self.random.random() < AIMED_AT_COMPACTION
        process = self.start()
        delay, after = self.random.uniform(0, self.start_up), "the start"
        if is_aimed_at_compaction:
            self.wait_for(process, self.owes_compaction, "nothing was erased in time", pause=0.0005)
            at_once = self.random.random() < AT_ONCE
            delay = 0 if at_once else self.random.uniform(0, LONGEST_COMPACTION)
            after = "an erasure"
        elif self.random.random() < AIMED:
            self.wait_for_jobs(process, last)
            waiting = self.jobs()[1]
            batches = self.random.randrange(-(-waiting // BATCH) or 1)
            at_once = batches > 0 and self.random.random() < AT_ONCE
            self.wait_for_rest(process, waiting - batches * BATCH, pause=0.001 if at_once else 0.03)
            within = self.per_batch if batches else self.until_commit
            delay = 0 if at_once else self.random.uniform(0, within)
            after = f"batch {batches}"
        time.sleep(delay)
        process.kill()
        if process.wait() != -SIGKILL:
            self.wait_for_end(process)
            return "not killed, it had ended before"
        newest, left = self.jobs()
        self.kills += 1
        self.amid_work += newest > last and left > 0
        self.amid_compaction += self.owes_compaction()
        return f"killed {delay:.2f} s after {after}"

    def wait_for_jobs(self, process, last):
        """Wait until jobs beyond the last are queued."""
        self.wait_for(process, lambda: self.jobs()[0] > last, "no job was queued in time")

    def wait_for_rest(self, process, jobs, pause=0.03):
        """Wait until at most so many jobs are left."""
        self.wait_for(process, lambda: self.jobs()[1] <= jobs, "the jobs were not done in time", pause)

    def wait_for(self, process, has_come, complaint, pause=0.03):
        """Wait until something has come, or the process has ended."""
        deadline = time.monotonic() + PATIENCE
        while not has_come() and process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise Unsound(complaint)
            time.sleep(pause)

    def wait_for_end(self, process):
        """Wait until a process has ended as it should."""
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Unsound("it did not end in time") from None
        if code:
            raise Unsound(f"it ended with {code}: {(self.home / 'output').read_text()[-2000:]}")

    def jobs(self):
        """The newest job's number and how many wait, of the present scope."""
        if not (self.data / "catalogue.db").exists():
            return 0, 0
        try:
            [row] = self.rows(
                self.data,
                "SELECT coalesce(max(number), 0), sum(outcome IS NULL) FROM jobs"
                f" WHERE document_id GLOB '{IDS[self.scope]}'",
            )
        except sqlite3.OperationalError:  # its tables are being made just now
            return 0, 0
        return row[0], row[1] or 0

    def to_be_erased(self):
        """Whether the next writer has something to erase, which is not erased yet."""
        over = "before NOT NULL AND undo_until <= strftime('%Y-%m-%d %H:%M:%f', 'now')"
        [(acts,)] = self.rows(self.data, f"SELECT count(*) FROM ledger WHERE {over}")
        return acts > 0 and not self.owes_compaction()

    def owes_compaction(self):
        """Whether something was erased, and the file not written anew since."""
        return bool(self.rows(self.data, "SELECT 1 FROM registry WHERE name = 'compaction'"))

    def finish(self):
        """Let what was cut off be taken up: all is as wished, nothing lost, double or stray.

        Then let the time to undo be over: of what was removed, no word is left in any file.
        """
        for self.scope in PLACES:
            self.wait_for_end(self.start())
        if waiting := self.look(whole=True):
            raise Unsound(f"{waiting} jobs were not taken up")
        wrong = [name for name, states in self.asked.items() if states[0] != states[-1]]
        if wrong:
            raise Unsound(f"not as last asked for: {wrong}")
        self.look_at_files(undoable=True)  # what a kill kept from being erased is made up for by now
        self.let_time_pass()
        self.wait_for_end(self.start())
        self.look(whole=True)
        self.look_at_files(undoable=False)

    def look_at_files(self, *, undoable):
        """No word stands in any file that is in no document; `undoable`: nor kept to undo something."""
        if self.owes_compaction():
            raise Unsound("what was erased is still to be compacted")
        kept = "SELECT text FROM documents"
        if undoable:
            kept += " UNION SELECT json_extract(before, '$.text') FROM ledger"
        known = {line for (text,) in self.rows(self.data, kept) for line in lines(text or "")}
        for file in self.data.rglob("*"):
            if file.is_file() and (left := set(whole_lines(file.read_bytes())) - known):
                raise Unsound(f"{file.name} still holds what was removed long ago: {sorted(left)[:3]}")

    def look(self, *, whole=False):
        """Look at what is left, in a copy; `whole`, at whether each vector is the right one, too.

        Returns:
            How many jobs wait.

        Raises:
            Unsound: a document is there in part, twice, in an older edition than before, elsewhere, without
                its words or vectors, or by a moderator of whom nobody was asked whether they may.
        """
        copy = self.home / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.data, copy)
        if not (copy / "catalogue.db").exists():
            return 0
        if self.rows(copy, "PRAGMA integrity_check") != [("ok",)]:
            raise Unsound("the catalogue is damaged")
        documents = self.rows(copy, "SELECT id, scope, key, digest, text, title FROM documents")
        pieces = self.rows(
            copy,
            "SELECT document_id, id, text FROM passages ORDER BY document_id, position",
        )
        self.look_at_documents(documents, pieces)
        self.look_at_ledger(copy, {id for id, *_ in documents})
        self.look_at_rights(copy)
        self.ask_the_doctor(copy, whole=whole)
        if whole:
            self.look_at_vectors(copy, documents, pieces)
        return self.rows(copy, "SELECT count(*) FROM jobs WHERE outcome IS NULL")[0][0]

    def look_at_documents(self, documents, pieces):
        found = {Path(key).name: text for _, _, key, _, text, _ in documents}
        if len(found) < len(documents):
            raise Unsound("a document is there twice")
        for id, scope, key, digest, text, _ in documents:
            if int(id[7:10]) not in PLACES[scope]:
                raise Unsound(f"{key}: it is in {scope}, where nobody put it")
            if digest != sha256(text.encode()).hexdigest():
                raise Unsound(f"{key}: its text is not that of its bytes")
            told = [sentence for of, _, piece in pieces if of == id for sentence in lines(piece)]
            if list(dict.fromkeys(told)) != lines(text):
                raise Unsound(f"{key}: its passages are not those of its text")
        if strangers := {of for of, *_ in pieces} - {id for id, *_ in documents}:
            raise Unsound(f"passages without a document: {strangers}")
        for name, states in self.asked.items():
            if found.get(name) not in states:
                raise Unsound(f"{name}: neither as it was before nor as asked for since")
            del states[: states.index(found.get(name))]

    def look_at_ledger(self, copy, documents):
        """Each act follows from the one before it, the last one tells what is there, and no act is lost."""
        there = {}
        acts = self.rows(
            copy, "SELECT document_id, act, before IS NOT NULL, undo_until FROM ledger ORDER BY number"
        )
        for id, act, has_before, undo_until in acts:
            was_there = there.get(id, False)
            needs = {"removed": True, "replaced": True, "refreshed": True, "added": False}.get(act, was_there)
            if needs != was_there:
                raise Unsound(f"the ledger has {id} {act}, which cannot be")
            if undo_until and has_before != was_there:
                raise Unsound(f"the ledger does not hold what was before {id} was {act}")
            there[id] = act != "removed"
        if {id for id, is_there in there.items() if is_there} != documents:
            raise Unsound("the ledger tells of other documents than there are")
        done = "outcome LIKE 'added%' OR outcome IN ('replaced', 'removed')"
        if self.rows(copy, f"SELECT count(*) FROM jobs WHERE {done}") != [(len(acts),)]:
            raise Unsound("the ledger has not just the acts that were done")
        undone = self.rows(copy, "SELECT number FROM ledger WHERE undone ORDER BY number")
        carried_out = "SELECT undoes FROM jobs WHERE undoes NOT NULL AND outcome NOT NULL ORDER BY undoes"
        noted = "SELECT undoes FROM ledger WHERE undoes NOT NULL ORDER BY undoes"
        if not undone == self.rows(copy, carried_out) == self.rows(copy, noted):
            raise Unsound("other acts were undone than are noted as such")

    def look_at_rights(self, copy):
        """Of whoever has changed something in the guild, it was asked whether they may."""
        changed = self.rows(
            copy,
            f"SELECT number FROM jobs WHERE document_id GLOB '{IDS[scope_of(GUILD)]}' AND person NOT NULL"
            " AND (outcome LIKE 'added%' OR outcome IN ('replaced', 'removed'))",
        )
        if unasked := {number for (number,) in changed} - set(map(int, self.permitted.read_text().split())):
            raise Unsound(f"jobs were done of which nobody asked whether they may: {unasked}")

    def ask_the_doctor(self, copy, *, whole):
        """Nothing is missing; what is stray, `--repair` takes away. `whole`: nothing is stray, either."""
        found = complaints(copy)
        if wrong := [line for line in found if whole or "missing" in line or "stray" not in line]:
            raise Unsound(f"the doctor says: {wrong}")
        if found and (wrong := complaints(copy, repair=True)):
            raise Unsound(f"after a repair, the doctor says: {wrong}")

    def look_at_vectors(self, copy, documents, pieces):
        """Each vector is that of its passage."""
        encoder = open_encoder(BUNDLED_MODEL, MODEL_DIR, threads=2)
        store = Store(copy / "index")
        about = {id: (scope, title) for id, scope, _, _, _, title in documents}
        for scope in PLACES:
            texts = {id: with_title(about[of][1], text) for of, id, text in pieces if about[of][0] == scope}
            with store._collection(scope) as collection:
                rows = collection.get(list(texts), include=["embeddings"])
            fresh = encoder.encode([texts[id] for id in rows["ids"]], "passage")
            cosines = np.sum(np.asarray(rows["embeddings"]) * fresh, axis=1)
            if len(cosines) < len(texts) or min(cosines, default=1.0) < 0.999:
                raise Unsound("a vector is not that of its passage")
        store.reopen()

    def rows(self, data, query):
        with closing(sqlite3.connect(data / "catalogue.db", timeout=10)) as connection:
            return connection.execute(query).fetchall()


def complaints(data, *, repair=False):
    """What `picket doctor` finds wrong with a data folder, but for the disk and the queue."""
    settings = BotSettings(
        _env_file=None, data_dir=data, model_dir=MODEL_DIR, embedding_model=BUNDLED_MODEL, chat_model=None
    )
    lines = [line.what for line in check(settings, repair=repair) if not line.fine]
    return [line for line in lines if not line.startswith(("disk", "lock"))]


def name_of(document_id):
    """The file that a document was read from: report-007-3f2a… -> report-007.txt."""
    return f"{document_id[:10]}.txt"


def lines(text):
    """The sentences of a document or passage."""
    return re.findall(r"Report [^.]*\.", text)


def whole_lines(content):
    """The sentences that stand in the bytes of a file."""
    return [
        line.decode()
        for line in re.findall(rb"Report \d+ says in edition \d+ that hall \d+ was full\.", content)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="kills")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    open_encoder(BUNDLED_MODEL, MODEL_DIR, threads=2)  # exported now, not in what is killed
    with tempfile.TemporaryDirectory(prefix="picket-kill9-") as home:
        try:
            Killer(Path(home), random.Random(chosen.seed)).run(chosen.rounds)
        except Unsound as error:
            sys.exit(f"UNSOUND with --seed {chosen.seed} --rounds {chosen.rounds}: {error}")


if __name__ == "__main__":
    main()
