"""What the operator of a bot may set besides; see `knowledge/settings.py`."""

from pydantic import Field, SecretStr

from knowledge.settings import Settings


class BotSettings(Settings):
    """Every setting there is; `.env.example` lists them."""

    discord_token: SecretStr | None = Field(
        None, description="from Discord's Developer Portal, page Bot; unset, `make run` chats here"
    )
