"""Settings -> the parts, joined. The only place.

The chain's parts are imported when it is built: who only adds or lists documents does without.
"""

from typing import TYPE_CHECKING, Any

from knowledge.errors import ChatModelFault
from knowledge.library import CATALOGUE, Library
from knowledge.settings import Settings
from knowledge.types import Quota

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from knowledge.answer import Answerer
    from knowledge.asked import Memory
    from knowledge.chat import ChatModel
    from knowledge.gaps import Gaps
    from knowledge.joined import Joined
    from knowledge.own_facts import OwnFacts

EXTRAS = ("anthropic", "ollama", "openai")
"""Providers whose packages `make run EXTRAS=...` installs."""


def build_library(settings: Settings) -> Library:
    """Open the library that the settings name.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
    """
    model_dir = settings.model_dir or settings.data_dir / "models"
    return Library(settings.data_dir, model_dir, settings.embedding_model, settings.threads)


def build_memory(settings: Settings) -> "Memory":
    """Open what is remembered of questions, beside the catalogue.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
    """
    from knowledge.asked import Memory

    return Memory(settings.data_dir / CATALOGUE)


def build_gaps(library: Library, memory: "Memory") -> "Gaps":
    """Open what is asked in vain, beside the catalogue.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
        EncoderFault: the embedding model cannot be loaded.
    """
    from knowledge.gaps import Gaps

    return Gaps(library.data_dir / CATALOGUE, memory, library.encoder)


def build_joined(library: Library) -> "Joined":
    """Open the list of the guilds that the bot is in, beside the catalogue.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
    """
    from knowledge.joined import Joined

    return Joined(library.data_dir / CATALOGUE)


def build_facts(settings: Settings) -> "OwnFacts":
    """Open the facts as each guild sees them; without the starter corpus, there are the guilds' own alone.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
    """
    from knowledge.facts import Corpus, load
    from knowledge.own_facts import OwnFacts

    shipped = load() if settings.starter_corpus else Corpus((), ())
    return OwnFacts(settings.data_dir / CATALOGUE, shipped)


def build_quota(settings: Settings) -> Quota:
    """Tell how much of its own a guild may have."""
    return Quota(
        settings.guild_documents,
        settings.guild_megabytes * 1_000_000,
        settings.guild_passages,
        settings.guild_waiting,
    )


def build_answerer(settings: Settings, library: Library) -> "Answerer":
    """Join the retriever, the writers and the library.

    Raises:
        EncoderFault: the embedding model cannot be loaded.
        ChatModelFault: the chat model cannot be set up.
    """
    from knowledge.answer import Answerer
    from knowledge.retrieve import HybridRetriever
    from knowledge.write import quoting_writer

    retriever = HybridRetriever(catalogue=library.catalogue, store=library.store, encoder=library.encoder)
    chat = _chat(settings, settings.chat_model, library) if settings.chat_model else None
    return Answerer(library, retriever, quoting_writer(), chat, threshold=settings.answer_threshold)


def _chat(settings: Settings, name: str, library: Library) -> "ChatModel":
    from knowledge.budget import Budget, Limit
    from knowledge.chat import ChatModel

    model = open_chat_model(name, settings.chat_timeout)
    budget = Budget(
        settings.data_dir / CATALOGUE,
        guild=Limit(settings.chat_calls_per_guild, settings.chat_tokens_per_guild),
        overall=Limit(settings.chat_calls, settings.chat_tokens),
    )
    return ChatModel(name, model, settings.chat_timeout, budget, library.encoder)


def open_chat_model(name: str, timeout: float) -> "BaseChatModel":
    """Set up a LangChain chat model, named `provider:model`; its key comes from the environment.

    Args:
        name: the provider as LangChain's `init_chat_model` knows it, and its model.
        timeout: seconds after which a call is given up; it is not tried again.

    Raises:
        ChatModelFault: the provider is unknown, not installed, or lacks its key.
    """
    from langchain.chat_models import init_chat_model

    provider = name.partition(":")[0]
    limits: dict[str, Any] = {"timeout": timeout, "max_retries": 0}
    if provider == "ollama":
        limits = {"client_kwargs": {"timeout": timeout}}
    try:
        model: BaseChatModel = init_chat_model(name, temperature=0, **limits)
    except ImportError as error:
        how = f"run `make run EXTRAS={provider}`" if provider in EXTRAS else "install it into .venv"
        raise ChatModelFault(f"CHAT_MODEL={name} needs a package that is missing ({error}); {how}") from error
    except Exception as error:
        raise ChatModelFault(f"CHAT_MODEL={name} cannot be used: {error}") from error
    return model
