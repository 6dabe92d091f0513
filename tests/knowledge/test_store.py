import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import IndexFault
from knowledge.store import Store

EAST, NORTH = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]
NORTH_EAST = [0.6, 0.8, 0.0]
ADD_NORTH = """
import sys
from pathlib import Path
import numpy as np
from knowledge.store import Store
Store(Path(sys.argv[1])).upsert("starter", ["north"], np.array([[0, 1, 0]], np.float32))
"""

READ_AND_WRITE = """
import sys
from pathlib import Path
from threading import Barrier, Thread
import numpy as np
from knowledge.store import Store

everyone = Barrier(40)

def read():
    texts = [b"zyzzyva " * n for n in (1_000, 4_000, 12_000, 25_000, 30_000, 60_000) * 20]
    some = texts[::2]
    del texts
    everyone.wait()

threads = [Thread(target=read) for _ in range(40)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
store = Store(Path(sys.argv[1]))
for guild in range(40):
    store.upsert(f"guild-{guild}", ["north"], np.array([[0, 1, 0]], np.float32))
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def store(folder):
    opened = Store(folder)
    yield opened
    opened.reopen()


def put(store, scope="starter", **vectors):
    store.upsert(scope, list(vectors), np.array(list(vectors.values()), np.float32))


def test_the_nearest_come_first_with_their_cosines(store):
    put(store, east=EAST, north=NORTH, between=NORTH_EAST)

    found = store.search("starter", NORTH, 2)

    assert [id for id, _ in found] == ["north", "between"]
    assert [cosine for _, cosine in found] == pytest.approx([1.0, 0.8])


def test_a_cosine_is_never_above_1(store):
    vectors = np.random.default_rng(1).normal(size=(50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store.upsert("starter", [str(n) for n in range(50)], vectors)

    best = [store.search("starter", vector.tolist(), 1)[0] for vector in vectors]

    assert [id for id, _ in best] == [str(n) for n in range(50)]
    assert all(0.9999 < cosine <= 1 for _, cosine in best)


def test_the_same_id_again_is_replaced(store):
    put(store, one=EAST)
    put(store, one=NORTH)

    assert store.ids("starter") == {"one"}
    assert store.search("starter", NORTH, 5) == [("one", pytest.approx(1.0))]


def test_a_copy_has_the_same_vector(store):
    put(store, east=EAST, north=NORTH)

    assert store.copy("starter", {"also north": "north", "none": "nobody's"}) == {"also north"}

    assert store.ids("starter") == {"east", "north", "also north"}
    assert {id for id, cosine in store.search("starter", NORTH, 2) if cosine > 0.99} == {
        "north",
        "also north",
    }


def test_what_is_deleted_is_found_no_more(store):
    put(store, east=EAST, north=NORTH)

    store.delete("starter", ["east", "nobody's"])

    assert store.ids("starter") == {"north"}
    assert [id for id, _ in store.search("starter", EAST, 5)] == ["north"]


def test_scopes_are_apart(store):
    put(store, "guild-1", mine=EAST)
    put(store, "guild-2", theirs=EAST)

    assert [id for id, _ in store.search("guild-1", EAST, 5)] == ["mine"]
    assert sorted(store.scopes()) == ["guild-1", "guild-2"]


def test_a_scope_that_holds_nothing_is_no_fault(store):
    assert store.search("guild-1", EAST, 5) == []
    assert store.ids("guild-1") == set()
    assert store.copy("guild-1", {"a": "b"}) == set()
    store.delete("guild-1", ["nobody's"])


def test_a_scope_with_everything_deleted_finds_nothing(store):
    put(store, east=EAST)
    store.delete("starter", ["east"])

    assert store.search("starter", EAST, 5) == []


def test_more_than_chroma_takes_at_once_goes_in_batches(store):
    vectors = np.tile(np.array(EAST, np.float32), (6000, 1))

    store.upsert("starter", [str(n) for n in range(6000)], vectors)
    assert len(store.copy("starter", {f"copy {n}": str(n) for n in range(6000)})) == 6000
    assert len(store.ids("starter")) == 12_000
    store.delete("starter", list(store.ids("starter")))

    assert store.ids("starter") == set()


def test_vectors_outlive_the_store(store, folder):
    put(store, east=EAST)
    store.reopen()

    assert Store(folder).ids("starter") == {"east"}


def test_wiped_it_is_empty_and_takes_new_vectors(store):
    put(store, east=EAST)

    store.wipe()

    assert store.scopes() == []
    put(store, north=NORTH)
    assert store.ids("starter") == {"north"}


def test_after_reopening_it_sees_what_another_process_wrote(store, folder):
    put(store, east=EAST)
    store.search("starter", EAST, 5)

    subprocess.run([sys.executable, "-c", ADD_NORTH, folder], check=True)

    store.reopen()
    assert [id for id, _ in store.search("starter", NORTH, 1)] == ["north"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process holds")
def test_reopened_it_has_let_go_of_the_files_that_it_had_open(store):
    put(store, east=EAST)
    held = []
    for _ in range(20):
        store.search("starter", EAST, 1)
        held.append(len(list(Path("/proc/self/fd").iterdir())))
        store.reopen()

    assert held[-1] < held[0] + 10  # one client has ten files open, and its threads end a little later


def test_who_searches_while_it_is_reopened_may_finish(store):
    put(store, east=EAST)

    with store._collection("starter") as collection:
        store.reopen()
        assert collection.query(query_embeddings=[EAST], n_results=1)["ids"] == [["east"]]

    assert store.ids("starter") == {"east"}


def test_text_is_never_handed_to_chroma(store, folder):
    put(store, east=EAST)
    store.reopen()

    with Store(folder)._collection("starter") as collection:
        rows = collection.get(include=["documents", "metadatas"])

    assert rows["documents"] == [None]
    assert rows["metadatas"] == [None]


def test_a_damaged_index_says_what_to_run(store, folder):
    put(store, east=EAST)
    store.reopen()
    (folder / "chroma.sqlite3").write_bytes(b"not a database" * 1000)

    with pytest.raises(IndexFault, match="picket reindex"):
        store.search("starter", EAST, 5)


def test_wiping_mends_a_damaged_index(store, folder):
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"not a database" * 1000)

    store.wipe()

    put(store, east=EAST)
    assert store.ids("starter") == {"east"}


def test_only_what_can_be_read_and_is_of_length_1_is_intact(store):
    put(store, east=EAST, long=[2.0, 0.0, 0.0], none=[0.0, 0.0, 0.0])

    assert store.intact("starter") == {"east"}
    assert store.intact("guild-1") == set()


def test_vectors_whose_file_is_lost_are_not_taken_for_intact(store, folder):
    """Chroma writes one only beyond 1,000 vectors, and does not miss it where it lists ids."""
    vectors = np.random.default_rng(1).normal(size=(1_100, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store.upsert("starter", [str(n) for n in range(len(vectors))], vectors)
    assert len(store.intact("starter")) == len(vectors)
    store.reopen()
    [lost] = (path for path in folder.iterdir() if path.is_dir())
    shutil.rmtree(lost)

    assert len(store.ids("starter")) == len(vectors)
    with pytest.raises(IndexFault):
        store.intact("starter")


def test_what_the_process_has_read_before_does_not_get_into_the_files(folder):
    subprocess.run([sys.executable, "-c", READ_AND_WRITE, folder], check=True)

    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 40
    assert [file.name for file in files if b"zyzzyva" in file.read_bytes()] == []
