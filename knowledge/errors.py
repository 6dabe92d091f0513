"""What a person can put right. Each message is one sentence that says what to do.

PicketError
├── InvalidDocument   a file or page cannot be read, or lacks what a citation needs
├── InvalidFact       a record of the starter corpus, or a guild's own fact, breaks the format
├── InvalidDate       a date that is none
├── UnknownName       no fact, subject, topic or aspect is called that
├── NothingKnown      the facts hold nothing of what was asked for
├── AmbiguousName     several subjects are called that
├── InvalidScope      a guild id that is none
├── UnknownDocument   no document has that id
├── OverQuota         a server has as many documents, or as much in them, as it may
├── LeftToTheBot      what a moderator wants of the same document comes first, and waits for the bot
├── NothingToUndo     there is no such act, or it cannot be undone any more
├── UnknownAnswer     what a button belongs to is not kept any more
├── UnknownGap        no question without an answer goes by that key (any more)
├── EncoderFault      the embedding model cannot be loaded, or is not the one expected
├── ChatModelFault    the chat model cannot be set up, or its reply cannot be used
├── BudgetSpent       the chat model has been asked as much today as it may be
├── IndexMissing      nothing has been ingested yet
├── IndexMismatch     the index was built with another embedding model
├── IndexFault        the index or the catalogue is damaged, newer than this program, or in rebuilding
└── StoreBusy         another process is writing

The doors in `bot/` have a few of their own, such as a setting that is wrong. A question without an
answer is not an error: see `knowledge/abstain.py`.
"""


class PicketError(Exception):
    """Something a person can put right."""


class InvalidDocument(PicketError):
    """A file or page cannot be read, or lacks what a citation needs."""


class InvalidFact(PicketError):
    """A record of the starter corpus, or a guild's own fact, breaks the format."""


class InvalidDate(PicketError):
    """A date that is none."""

    def __init__(self, date: str) -> None:
        super().__init__(f"{date!r} is no date: write it as YYYY, YYYY-MM or YYYY-MM-DD")


class UnknownName(PicketError):
    """No fact, subject, topic or aspect is called that."""

    def __init__(self, what: str, name: str, near: str) -> None:
        super().__init__(
            f"no {what} is called {name!r}; {f'did you mean {near}?' if near else 'try fewer words'}"
        )


class NothingKnown(PicketError):
    """The facts hold nothing of what was asked for."""


class AmbiguousName(PicketError):
    """Several subjects are called that."""

    def __init__(self, name: str, choices: str) -> None:
        super().__init__(f"{name!r} could be {choices}; say which")


class InvalidScope(PicketError):
    """A guild id that is none."""

    def __init__(self, guild: str) -> None:
        super().__init__(
            f"{guild!r} is no guild: give the server's id, up to 32 digits or lower-case letters"
        )


class UnknownDocument(PicketError):
    """No document has that id."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"no document has the id {document_id!r}; `picket documents` lists them")


class OverQuota(PicketError):
    """A server has as many documents, or as much in them, as it may."""


class LeftToTheBot(PicketError):
    """What a moderator wants of the same document comes first, and waits for the bot."""

    def __init__(self) -> None:
        super().__init__(
            "what a moderator wants of the same document comes first, and only the bot can ask Discord "
            "whether they still may; this waits behind it: start `picket bot`"
        )


class NothingToUndo(PicketError):
    """There is no such act, or it cannot be undone any more."""


class UnknownAnswer(PicketError):
    """What was asked is not kept any more, or never was."""

    def __init__(self) -> None:
        super().__init__("this answer is too old; ask the question again")


class UnknownGap(PicketError):
    """No question without an answer goes by that key (any more)."""

    def __init__(self) -> None:
        super().__init__("that question is not open any more; list them again")


class EncoderFault(PicketError):
    """The embedding model cannot be loaded, or is not the one expected."""


class ChatModelFault(PicketError):
    """The chat model named in the settings cannot be set up, or its reply cannot be used."""


class BudgetSpent(PicketError):
    """The chat model has been asked as much today as it may be."""


class IndexMissing(PicketError):
    """Nothing has been ingested yet."""

    def __init__(self) -> None:
        super().__init__("nothing has been ingested yet; run `make run`, or `picket ingest FILE`")


class IndexMismatch(PicketError):
    """The index was built with another embedding model."""

    def __init__(self, built_with: str, configured: str) -> None:
        super().__init__(f"the index was built with {built_with}, not {configured}; run `picket reindex`")


class IndexFault(PicketError):
    """The index or the catalogue is damaged, newer than this program, or in rebuilding."""


class StoreBusy(PicketError):
    """Another process is writing."""

    def __init__(self) -> None:
        super().__init__(
            "another Picket (the bot, or a `picket ingest`) is writing to this store; "
            "try again when it has finished, or stop it"
        )
