"""`kill -9` while documents are taken in: is each wholly there, or not at all?

    python tests/torture/kill9.py [--rounds 15] [--seed 1]

In each round some documents are new, some changed, some removed. `picket ingest` is killed at a
random moment, mostly between the first job's queueing and the last commit. What it leaves is then
looked at in a copy, so that the next round's process finds it untouched.
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
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from ingest.index import BATCH
from ingest.submit import Told, read
from knowledge.catalogue import Catalogue
from knowledge.embed import BUNDLED_MODEL, open_encoder
from knowledge.sentences import with_title
from knowledge.store import Store
from knowledge.types import STARTER

ROOT = Path(__file__).parents[2]
MODEL_DIR = Path(os.environ.get("MODEL_DIR") or ROOT / "data" / "models").resolve()
DOCUMENTS = 80
CHANCE_NEW, CHANCE_CHANGED, CHANCE_REMOVED = 0.6, 0.1, 0.05
AIMED = 0.85
"""The share of kills that wait until jobs are queued; the others may come at any moment."""
AT_ONCE = 0.4
"""The share of those that come right at a commit; the others come some time after it."""
PATIENCE = 120
"""Seconds after which a process that neither queues nor ends is given up."""


class Unsound(Exception):
    """The store is not as it must be."""


@dataclass
class Killer:
    """One store, its folder of documents, and what each document may be by now."""

    home: Path
    random: random.Random
    editions: int = 0
    asked: defaultdict[str, list[str | None]] = field(default_factory=lambda: defaultdict(lambda: [None]))
    """By file name: the text last seen in the store, then those asked for since; None for none."""
    amid_work: int = 0
    start_up: float = 0.0
    until_commit: float = 0.0
    per_batch: float = 0.0
    """Seconds: from the start to the queue, on to the first commit, from one to the next."""

    def __post_init__(self):
        self.folder, self.data = self.home / "documents", self.home / "data"
        self.folder.mkdir()

    def run(self, rounds):
        """Change, kill and look, again and again; then let it finish, and look once more."""
        for n in range(rounds):
            self.change()
            said = self.kill() if n else self.measure()
            print(f"round {n}: {said}; {self.look()} jobs left", flush=True)
        self.finish()
        print(f"{self.amid_work} of {rounds - 1} kills came amid the work", flush=True)
        if self.amid_work < (rounds - 1) // 5:
            raise Unsound("too few kills came amid the work to tell")

    def change(self):
        """Write new and changed documents; queue the removal of others, as `picket remove` does."""
        removed = []
        for n in range(DOCUMENTS):
            path = self.folder / f"report-{n:03}.txt"
            if not path.exists():
                if self.random.random() < CHANCE_NEW:
                    self.write(path, n)
            elif (chance := self.random.random()) < CHANCE_REMOVED:
                removed.append(read(str(path), STARTER, Told()).source.id)
                self.asked[path.name].append(None)
                path.unlink()
            elif chance < CHANCE_REMOVED + CHANCE_CHANGED:
                self.write(path, n)
        if removed:
            with closing(Catalogue(self.data / "catalogue.db")) as catalogue:
                catalogue.ask(remove=removed)

    def write(self, path, n):
        """Write an edition; a third of its sentences were in those before, too."""
        self.editions += 1
        sentences = (
            f"Report {n} says in edition {self.editions if i % 3 else 0} that hall {i} was full."
            for i in range(self.random.randint(2, 10))
        )
        text = "\n\n".join(sentences)
        path.write_text(text)
        self.asked[path.name].append(text)

    def start(self):
        """Start `picket ingest`, its output going to a file."""
        mine = {"DATA_DIR": self.data, "MODEL_DIR": MODEL_DIR, "STARTER_CORPUS": "false"}
        with (self.home / "output").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "ingest", self.folder],
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
        """Start, and kill at a random moment: after the start, the queueing or some commit."""
        last, _ = self.jobs()
        process = self.start()
        delay, after = self.random.uniform(0, self.start_up), "the start"
        if self.random.random() < AIMED:
            self.wait_for_jobs(process, last)
            waiting = self.jobs()[1]
            batches = self.random.randrange(-(-waiting // BATCH) or 1)
            at_once = batches > 0 and self.random.random() < AT_ONCE
            self.wait_for_rest(process, waiting - batches * BATCH, pause=0.001 if at_once else 0.03)
            within = self.per_batch if batches else self.until_commit
            delay = 0 if at_once else self.random.uniform(0, within)
            after = f"batch {batches}"
        time.sleep(delay)
        if process.poll() is None:
            process.kill()
            process.wait()
        else:
            self.wait_for_end(process)
        newest, left = self.jobs()
        self.amid_work += newest > last and left > 0
        return f"killed {delay:.2f} s after {after}"

    def wait_for_jobs(self, process, last):
        """Wait until jobs beyond the last are queued."""
        deadline = time.monotonic() + PATIENCE
        while self.jobs()[0] <= last and process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise Unsound("no job was queued in time")
            time.sleep(0.03)

    def wait_for_rest(self, process, jobs, pause=0.03):
        """Wait until at most so many jobs are left."""
        deadline = time.monotonic() + PATIENCE
        while self.jobs()[1] > jobs and process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise Unsound("the jobs were not done in time")
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
        """The newest job's number, and how many wait."""
        if not (self.data / "catalogue.db").exists():
            return 0, 0
        try:
            [row] = self.rows(self.data, "SELECT coalesce(max(number), 0), sum(outcome IS NULL) FROM jobs")
        except sqlite3.OperationalError:  # its tables are being made just now
            return 0, 0
        return row[0], row[1] or 0

    def finish(self):
        """Let what was cut off be taken up: all is as wished, nothing lost, double or stray."""
        self.wait_for_end(self.start())
        if waiting := self.look(whole=True):
            raise Unsound(f"{waiting} jobs were not taken up")
        wrong = [name for name, states in self.asked.items() if states[0] != states[-1]]
        if wrong:
            raise Unsound(f"not as last asked for: {wrong}")

    def look(self, *, whole=False):
        """Look at what is left, in a copy; `whole` looks at every vector too. Counts what waits.

        Raises:
            Unsound: a document is there in part, twice, in an older edition than before, or without
                its words or vectors.
        """
        copy = self.home / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.data, copy)
        if not (copy / "catalogue.db").exists():
            return 0
        if self.rows(copy, "PRAGMA integrity_check") != [("ok",)]:
            raise Unsound("the catalogue is damaged")
        documents = self.rows(copy, "SELECT id, key, digest, text, title FROM documents")
        pieces = self.rows(
            copy,
            "SELECT document_id, number, id, text FROM passages ORDER BY document_id, position",
        )
        self.look_at_documents(documents, pieces)
        self.look_at_words(copy, pieces)
        titles = {id: title for id, _, _, _, title in documents}
        self.look_at_vectors(
            copy, {id: with_title(titles[of], text) for of, _, id, text in pieces}, whole=whole
        )
        return self.rows(copy, "SELECT count(*) FROM jobs WHERE outcome IS NULL")[0][0]

    def look_at_documents(self, documents, pieces):
        found = {Path(key).name: text for _, key, _, text, _ in documents}
        if len(found) < len(documents):
            raise Unsound("a document is there twice")
        for id, key, digest, text, _ in documents:
            if digest != sha256(text.encode()).hexdigest():
                raise Unsound(f"{key}: its text is not that of its bytes")
            told = [sentence for of, _, _, piece in pieces if of == id for sentence in lines(piece)]
            if list(dict.fromkeys(told)) != lines(text):
                raise Unsound(f"{key}: its passages are not those of its text")
        if strangers := {of for of, *_ in pieces} - {id for id, *_ in documents}:
            raise Unsound(f"passages without a document: {strangers}")
        for name, states in self.asked.items():
            if found.get(name) not in states:
                raise Unsound(f"{name}: neither as it was before nor as asked for since")
            del states[: states.index(found.get(name))]

    def look_at_words(self, copy, pieces):
        tables = self.rows(copy, "SELECT 1 FROM sqlite_master WHERE name = 'words starter'")
        words = self.rows(copy, 'SELECT rowid, text FROM "words starter"') if tables else []
        if sorted(words) != sorted((number, text) for _, number, _, text in pieces):
            raise Unsound("the word index differs from the passages")

    def look_at_vectors(self, copy, texts, *, whole):
        store = Store(copy / "index")
        with store._collection(STARTER) as collection:
            rows = collection.get(include=["embeddings"]) if collection else {"ids": [], "embeddings": []}
            vectors = dict(zip(rows["ids"], rows["embeddings"], strict=True))
        store.reopen()
        if lost := texts.keys() - vectors.keys():
            raise Unsound(f"{len(lost)} of {len(texts)} passages have no vector")
        if any(abs(np.linalg.norm(vectors[id]) - 1) > 1e-3 for id in texts):
            raise Unsound("a vector is damaged")
        if not whole:
            return
        if stray := vectors.keys() - texts.keys():
            raise Unsound(f"{len(stray)} vectors are stray")
        encoder = open_encoder(BUNDLED_MODEL, MODEL_DIR, threads=2)
        fresh = encoder.encode(list(texts.values()), "passage")
        cosines = [vectors[id] @ vector for id, vector in zip(texts, fresh, strict=True)]
        if min(cosines, default=1.0) < 0.999:
            raise Unsound("a vector is not that of its passage")

    def rows(self, data, query):
        with closing(sqlite3.connect(data / "catalogue.db", timeout=10)) as connection:
            return connection.execute(query).fetchall()


def lines(text):
    """The sentences of a document or passage."""
    return re.findall(r"Report [^.]*\.", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
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
