"""What an operator may set, in the environment or in `.env`; read once, in an entry point."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything below an entry point is handed plain values from here."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="where the catalogue and the index are kept")
    model_dir: Path | None = Field(
        None, description="where exported embedding models are kept; unset, DATA_DIR/models"
    )
    starter_corpus: bool = Field(True, description="whether the shipped facts are answered from")
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="a sentence-transformers model, by name or path; after a change run `picket reindex`",
    )
    threads: int = Field(2, ge=1, description="CPU threads the embedding model may use")
    chat_model: str | None = Field(
        None,
        description="provider:model, such as ollama:llama3.2, openai:gpt-4o-mini or "
        "anthropic:claude-haiku-4-5; unset, answers are quotations",
    )
    chat_timeout: float = Field(
        30.0, gt=0, description="seconds a chat model may take before the quotation comes instead"
    )
    chat_calls: int = Field(
        2_000,
        ge=0,
        description="calls of the chat model a day (UTC), in all; past it, quotations; 0, no limit",
    )
    chat_tokens: int = Field(6_000_000, ge=0, description="its tokens a day, in all; 0, no limit")
    chat_calls_per_guild: int = Field(
        500, ge=0, description="its calls a day for one guild, or for all that is asked outside of guilds"
    )
    chat_tokens_per_guild: int = Field(1_500_000, ge=0, description="its tokens a day, likewise")
    answer_threshold: float = Field(
        0.45, ge=0, le=1, description="least confidence, 0 to 1, at which a question is answered"
    )
    guild_documents: int = Field(
        500, ge=0, description="documents that one Discord server may have of its own"
    )
    guild_megabytes: int = Field(50, ge=0, description="megabytes that their texts may come to")
    guild_passages: int = Field(
        20_000, ge=0, description="passages that they may be cut into; each is a vector in the index"
    )
    guild_waiting: int = Field(20, ge=0, description="documents of one server that may wait to be taken in")
    log_level: str = Field("WARNING", description="DEBUG, INFO, WARNING or ERROR, to standard error")
