"""The catalogue's tables, and how a file of an older release becomes one of this.

`migrations/NNN_name.sql` are applied in order, each in one transaction, and counted in SQLite's
`user_version`. The tables below say the same for queries; a test holds the two together.
"""

import logging
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.exc import DatabaseError

from knowledge.errors import IndexFault

log = logging.getLogger(__name__)

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("scope", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("text", String, nullable=False),
    Column("title", String, nullable=False),
    Column("publisher", String),
    Column("url", String),
    Column("published", String),
    Column("details", JSON, nullable=False),
    Column("added_at", DateTime, nullable=False),
    Column("looked_at", DateTime),
    Column("etag", String),
    Column("last_modified", String),
)

passages = Table(
    "passages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("document_id", String, ForeignKey("documents.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", String, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("action", String, nullable=False),
    Column("document_id", String, nullable=False),
    Column("document", JSON),
    Column("outcome", String),
    Column("asked_at", DateTime, nullable=False),
    Column("done_at", DateTime),
    Column("person", String),
    Column("undoes", Integer),
)

ledger = Table(
    "ledger",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("scope", String, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("person", String),
    Column("act", String, nullable=False),
    Column("document_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("undo_until", DateTime),
    Column("undone", Boolean, nullable=False),
    Column("undoes", Integer),
)

registry = Table(
    "registry",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("guild", String),
    Column("private", Boolean, nullable=False),
    Column("message", String),
    Column("previous", String),
    Column("asked_at", DateTime, nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("answer", JSON, nullable=False),
)

cited = Table(
    "cited",
    metadata,
    Column("answer_id", String, ForeignKey("answers.id"), primary_key=True),
    Column("document_id", String, primary_key=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("answer_id", String, ForeignKey("answers.id"), primary_key=True),
    Column("person", String, primary_key=True),
    Column("verdict", String, primary_key=True),
    Column("why", String),
    Column("told_at", DateTime, nullable=False),
)

guilds = Table(
    "guilds",
    metadata,
    Column("id", String, primary_key=True),
    Column("settings", JSON, nullable=False),
)

own_facts = Table(
    "own_facts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("guild", String, nullable=False),
    Column("fact_id", String, nullable=False),
    Column("fact", JSON(none_as_null=True)),
    Column("person", String),
    Column("changed_at", DateTime, nullable=False),
    Column("shipped", String),
)

chat_budget = Table(
    "chat_budget",
    metadata,
    Column("day", String, primary_key=True),
    Column("guild", String, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
)

wishes = Table(
    "wishes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("question", String, nullable=False),
    Column("person", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("guild", String),
    Column("private", Boolean, nullable=False),
    Column("wished_at", DateTime, nullable=False),
    Column("tried_at", DateTime),
)

gap_marks = Table(
    "gap_marks",
    metadata,
    Column("guild", String, primary_key=True),
    Column("question", String, primary_key=True),
    Column("mark", String, nullable=False),
    Column("marked_at", DateTime, nullable=False),
)

joined = Table(
    "joined",
    metadata,
    Column("guild", String, primary_key=True),
    Column("left_at", DateTime),
)


def now() -> datetime:
    """Tell the time in UTC, without its zone: as SQLite keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_engine(path: Path) -> Engine:
    """Open the catalogue's file, making or migrating it first.

    A transaction begun with the execution option `write=True` holds SQLite's write lock from its
    start, so that what it read cannot have changed when it writes.

    Raises:
        IndexFault: the file is damaged, or a newer release has written it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,  # what people ask stays out of the log
        max_overflow=-1,  # whoever writes may have to read besides, however many wait to write
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        _migrate(engine)
    except DatabaseError as error:
        raise IndexFault(
            f"the catalogue {path} cannot be opened ({error.orig}); put back a copy, or move it away"
        ) from error
    return engine


def empty_log(engine: Engine) -> None:
    """Let nothing that was removed stay in the write-ahead log until it is overwritten."""
    connection = engine.raw_connection()
    held_back, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    if held_back:
        log.warning(
            "a reader holds back the catalogue's log: what was removed stays in it until the next"
            " removal, or until every Picket has ended"
        )


def compact(engine: Engine) -> None:
    """Write the file anew, without any trace of what was removed, and give its room back."""
    connection = engine.raw_connection()
    connection.cursor().execute("VACUUM")
    connection.close()
    empty_log(engine)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: see `_begin`
    connection.create_function("casefold", 1, str.casefold, deterministic=True)  # LIKE folds ASCII only
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is removed is overwritten, not just unlinked
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _migrate(engine: Engine) -> None:
    scripts = _migrations()
    with engine.connect() as connection:
        if _version(connection) == len(scripts):
            return
    with engine.execution_options(write=True).begin() as connection:
        done = _version(connection)
        if done > len(scripts):
            raise IndexFault("a newer Picket has written this catalogue; upgrade, or use another DATA_DIR")
        for script in scripts[done:]:
            for statement in script.split(";\n"):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {len(scripts)}")


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _migrations() -> list[str]:
    folder = files("knowledge") / "migrations"
    scripts = [file for file in folder.iterdir() if re.fullmatch(r"\d{3}_\w+\.sql", file.name)]
    return [file.read_text() for file in sorted(scripts, key=lambda file: file.name)]
