import sqlite3
from itertools import takewhile

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.dialects import sqlite

from knowledge import schema
from knowledge.errors import IndexFault
from knowledge.schema import metadata, open_engine


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalogue.db"


def version(path):
    with sqlite3.connect(path) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def declared(column):
    kind = "TEXT" if isinstance(column.type, schema.String) else column.type.compile(sqlite.dialect())
    return kind, column.nullable or column.primary_key, column.primary_key


def test_the_migrations_make_the_tables_that_queries_rely_on(path):
    made = inspect(open_engine(path))

    assert set(made.get_table_names()) - {"sqlite_sequence"} == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {
            column["name"]: (str(column["type"]), column["nullable"], bool(column["primary_key"]))
            for column in made.get_columns(name)
        }
        assert columns == {column.name: declared(column) for column in table.columns}
        assert {key["referred_table"] for key in made.get_foreign_keys(name)} == {
            key.column.table.name for key in table.foreign_keys
        }


def test_the_version_counts_the_scripts(path):
    open_engine(path)

    assert version(path) == len(schema._migrations())


def test_a_file_of_an_older_release_gets_the_scripts_that_it_lacks(path, monkeypatch):
    first = schema._migrations()
    open_engine(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE registry SET value = '7' WHERE name = 'revision'")
    second = "CREATE TABLE later (number INTEGER);\nINSERT INTO later VALUES (1);\n"
    monkeypatch.setattr(schema, "_migrations", lambda: [*first, second])

    engine = open_engine(path)

    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT value, number FROM registry, later").one()
    assert kept == ("7", 1)
    assert version(path) == len(first) + 1


def test_documents_of_an_older_release_were_looked_at_when_they_were_added(path, monkeypatch):
    with monkeypatch.context() as older:
        before = list(takewhile(lambda script: "looked_at" not in script, schema._migrations()))
        older.setattr(schema, "_migrations", lambda: before)
        engine = open_engine(path)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO documents (id, scope, kind, key, digest, text, title, details, added_at)"
            " VALUES ('a', 'starter', 'document', 'a.txt', '', '', 'A', '{}', '2026-01-02 03:04:05.000000')"
        )
    engine.dispose()

    with open_engine(path).connect() as connection:
        added_at, looked_at = connection.execute(
            select(schema.documents.c.added_at, schema.documents.c.looked_at)
        ).one()

    assert looked_at == added_at


def test_a_script_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    first = schema._migrations()
    open_engine(path).dispose()
    broken = "CREATE TABLE later (number INTEGER);\nCREATE TABLE later (number INTEGER);\n"
    monkeypatch.setattr(schema, "_migrations", lambda: [*first, broken])

    with pytest.raises(IndexFault, match="cannot be opened"):
        open_engine(path)

    with sqlite3.connect(path) as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'later'").fetchall()
    assert version(path) == len(first)


def test_a_file_of_a_newer_release_is_refused(path):
    open_engine(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(IndexFault, match="newer Picket"):
        open_engine(path)
    assert version(path) == 99


@pytest.mark.parametrize("content", [b"not a database at all" * 500, b"SQLite format 3\0" + bytes(9000)])
def test_a_damaged_file_is_refused_and_left_alone(path, content):
    path.write_bytes(content)

    with pytest.raises(IndexFault, match="cannot be opened"):
        open_engine(path)
    assert path.read_bytes() == content


def test_a_file_that_is_a_folder_is_refused(path):
    path.mkdir()

    with pytest.raises(IndexFault, match="cannot be opened"):
        open_engine(path)


def test_a_guilds_own_facts_of_an_older_release_are_kept(path, monkeypatch):
    scripts = schema._migrations()
    monkeypatch.setattr(schema, "_migrations", lambda: scripts[:5])
    open_engine(path).dispose()
    row = (7, "100", "a-fact", "{}", "1", "2026-01-02 03:04:05.000000", "digest")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO own_facts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    monkeypatch.setattr(schema, "_migrations", lambda: scripts)
    open_engine(path).dispose()

    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM own_facts").fetchall() == [row]
