import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.index import rebuild
from knowledge.errors import IndexFault, IndexMismatch, IndexMissing, StoreBusy
from knowledge.types import STARTER

ADD = """
import sys
from pathlib import Path
from ingest.submit import Told, read, see_through
from knowledge.build import build_library
from knowledge.settings import Settings
data, models, file = sys.argv[1:]
library = build_library(Settings(_env_file=None, data_dir=data, model_dir=models))
see_through(library, library.catalogue.ask(add=[read(file, "starter", Told())]))
"""


def test_a_second_writer_in_another_process_is_refused_at_once(library, other_writer):
    begun = time.monotonic()

    with pytest.raises(StoreBusy, match="another Picket"), library.lock():
        pass

    assert time.monotonic() - begun < 0.5
    assert library.locked


def test_a_second_writer_on_another_thread_is_refused_too(library):
    def write():
        with library.lock():
            pass

    with library.lock(), ThreadPoolExecutor() as threads:
        assert isinstance(threads.submit(write).exception(), StoreBusy)
        assert threads.submit(lambda: library.locked).result()


def test_the_lock_goes_with_the_process_that_held_it(library, other_writer):
    other_writer.kill()
    other_writer.wait()

    with library.lock():
        pass
    assert not library.locked


def test_what_the_lock_was_taken_for_may_take_it_again(library):
    with library.lock():
        with library.lock():
            pass
        assert library._writing
    assert not library.locked


def test_before_anything_was_ingested_it_says_what_to_do(library):
    with pytest.raises(IndexMissing, match="picket ingest"):
        library.ready_to_read()


def test_an_index_of_another_encoder_says_what_to_run(library, document, take_in, encoder, monkeypatch):
    take_in(library, document("The strike."))
    built_with = encoder.fingerprint
    monkeypatch.setattr(encoder, "fingerprint", "another (123456789abc, 256 tokens)")

    with pytest.raises(IndexMismatch) as mismatch:
        library.ready_to_read()

    assert built_with in str(mismatch.value)
    assert "another (123456789abc, 256 tokens)" in str(mismatch.value)
    assert "picket reindex" in str(mismatch.value)


def test_the_same_encoder_may_be_opened_again(open_library, document, take_in):
    first = open_library()
    take_in(first, document("The strike."))
    first.close()

    open_library().ready_to_read()


def test_a_reader_finds_what_another_process_has_added_since(
    library, document, take_in, settings, encoder, tmp_path
):
    take_in(library, document("The strike."))
    library.ready_to_read()
    library.store.search(STARTER, encoder.embed_query("strike"), 5)
    file = tmp_path / "pay.txt"
    file.write_text("Pay rose by five percent.")

    subprocess.run([sys.executable, "-c", ADD, settings.data_dir, settings.model_dir, file], check=True)
    library.ready_to_read()

    found = library.store.search(STARTER, encoder.embed_query("pay rose"), 5)
    assert found[0][0].startswith("pay-")


def test_a_reader_finds_its_way_after_the_index_was_rebuilt(open_library, document, take_in, encoder):
    reader, writer = open_library(), open_library()
    take_in(writer, document("The strike."))
    reader.ready_to_read()
    reader.store.search(STARTER, encoder.embed_query("strike"), 5)

    with writer.lock():
        rebuild(writer)
    reader.ready_to_read()

    assert len(reader.store.search(STARTER, encoder.embed_query("strike"), 5)) == 1


@pytest.fixture
def reader_that_counts_after(open_library, monkeypatch):
    """Open a library on which something happens between the count of passages and that of vectors."""

    def open_(happening):
        reader = open_library()
        count = reader.store.count

        def count_late(scope):
            happening()
            return count(scope)

        monkeypatch.setattr(reader.store, "count", count_late)
        return reader

    return open_


def test_what_is_removed_while_a_reader_counts_is_not_lost(
    reader_that_counts_after, open_library, document, take_in
):
    writer = open_library()
    take_in(writer, document("The strike."), document("Pay rose.", name="b"))
    reader = reader_that_counts_after(lambda: take_in(writer, remove=["starter-b"]))

    reader.ready_to_read()


def test_an_index_that_is_wiped_while_a_reader_counts_is_not_lost(
    reader_that_counts_after, open_library, document, take_in
):
    writer = open_library()
    take_in(writer, document("The strike."))

    def begin_to_rebuild():
        writer.catalogue.set_notes(rebuilding="yes")
        writer.store.wipe()

    with pytest.raises(IndexFault, match="being rebuilt"):
        reader_that_counts_after(begin_to_rebuild).ready_to_read()


def test_vectors_that_are_lost_are_missed(open_library, document, take_in, caplog):
    writer = open_library()
    take_in(writer, document("The strike."), document("Pay rose.", name="b"))
    writer.store.delete(STARTER, list(writer.store.ids(STARTER))[:1])

    with pytest.raises(IndexFault, match="lost passages; run `picket reindex`"):
        open_library().ready_to_read()

    assert "lost passages of starter" in caplog.text


def test_the_encoder_is_loaded_once_for_all_threads(library):
    with ThreadPoolExecutor(4) as threads:
        loaded = list(threads.map(lambda _: library.encoder, range(4)))

    assert all(encoder is loaded[0] for encoder in loaded)


def test_a_guild_s_lost_vectors_keep_no_other_guild_from_asking(open_library, document, take_in):
    writer = open_library()
    take_in(writer, document("The strike."), document("Pay rose.", name="b", scope="guild-1"))
    writer.store.delete("guild-1", list(writer.store.ids("guild-1")))
    reader = open_library()

    reader.ready_to_read([STARTER, "guild-2"])

    with pytest.raises(IndexFault, match="lost passages; run `picket reindex`"):
        reader.ready_to_read([STARTER, "guild-1"])


def test_what_is_lost_after_a_look_is_missed_at_the_next_change(open_library, document, take_in):
    writer, reader = open_library(), open_library()
    take_in(writer, document("The strike."), document("Pay rose.", name="b"))
    reader.ready_to_read([STARTER])

    take_in(writer, document("It ended.", name="c"))
    writer.store.delete(STARTER, list(writer.store.ids(STARTER))[:1])

    with pytest.raises(IndexFault, match="lost passages"):
        reader.ready_to_read([STARTER])
