"""Settings -> the parts, joined. The only place."""

from typing import TYPE_CHECKING

from knowledge.answer import Answerer, ChatWriter
from knowledge.errors import ChatModelFault
from knowledge.library import Library
from knowledge.retrieve import HybridRetriever
from knowledge.settings import Settings
from knowledge.write import chat_writer, quoting_writer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def build_library(settings: Settings) -> Library:
    """Open the library that the settings name.

    Raises:
        IndexFault: the catalogue is damaged, or a newer release has written it.
    """
    model_dir = settings.model_dir or settings.data_dir / "models"
    return Library(settings.data_dir, model_dir, settings.embedding_model, settings.threads)


def build_answerer(settings: Settings, library: Library) -> Answerer:
    """Join the retriever, the writers and the library.

    Raises:
        EncoderFault: the embedding model cannot be loaded.
        ChatModelFault: the chat model cannot be set up.
    """
    retriever = HybridRetriever(catalogue=library.catalogue, store=library.store, encoder=library.encoder)
    chat = None
    if settings.chat_model:
        model = open_chat_model(settings.chat_model)
        chat = ChatWriter(settings.chat_model, chat_writer(model), settings.chat_timeout)
    return Answerer(library, retriever, quoting_writer(), chat, settings.answer_threshold)


def open_chat_model(name: str) -> "BaseChatModel":
    """Set up a LangChain chat model, named `provider:model`; its key comes from the environment.

    Raises:
        ChatModelFault: the provider is unknown, not installed, or lacks its key.
    """
    from langchain.chat_models import init_chat_model

    provider = name.partition(":")[0]
    try:
        return init_chat_model(name, temperature=0)
    except ImportError as error:
        raise ChatModelFault(
            f"CHAT_MODEL={name} needs a package that is missing; run `make run EXTRAS={provider}`"
        ) from error
    except Exception as error:
        raise ChatModelFault(f"CHAT_MODEL={name} cannot be used: {error}") from error
