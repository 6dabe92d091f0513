"""What the operator of a bot may set besides; see `knowledge/settings.py`."""

import logging
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from knowledge.settings import Settings

Port = Annotated[int, Field(ge=1, le=65_535)]


class BotSettings(Settings):
    """Every setting there is; `.env.example` lists them."""

    discord_token: SecretStr | None = Field(
        None, description="from Discord's Developer Portal, page Bot; unset, `make run` chats here"
    )

    keep_questions_days: int = Field(
        30, ge=1, description="days for which questions and answers are kept, for follow-ups and buttons"
    )

    questions_a_minute: int = Field(10, ge=1, description="questions that one person may ask within a minute")

    keep_left_days: int = Field(
        30, ge=0, description="days after which what is kept of a server that the bot has left is deleted"
    )

    stale_after_days: int = Field(
        180, ge=1, description="days after which an answer says that a page it cites was not looked at since"
    )

    fetch_ports: Annotated[frozenset[Port], NoDecode] = Field(
        frozenset({80, 443}),
        description="ports at which pages may be fetched; behind others are other services",
    )

    @field_validator("fetch_ports", mode="before")
    @classmethod
    def _parted(cls, ports: object) -> object:
        return ports.split(",") if isinstance(ports, str) else ports

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, level: str) -> str:
        if level.upper() not in logging.getLevelNamesMapping():
            raise ValueError("should be DEBUG, INFO, WARNING or ERROR")
        return level.upper()
