"""Which language a question is in: the sources are in English, and only that is understood well."""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.9
"""The least probability at which a question counts as not English; members' slang stays below it."""
FEWEST_WORDS = 3
"""In plain letters; of two, a name and a slip of the pen could be of any language."""
LANGUAGES = (
    "en ar da de el es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv th tr uk vi zh".split()  # noqa: SIM905
)
"""Those told apart (ISO 639-1). A short question fits many languages of the model's 97 by chance."""
_loading = Lock()  # a cache alone lets each of those who come first load a model of their own


def foreign_language(text: str) -> str | None:
    """The language of a question (ISO 639-1), where it is surely not English; else None."""
    if text.isascii() and len(text.split()) < FEWEST_WORDS:
        return None
    with _loading:
        identifier = _identifier()
    language, probability = identifier.classify(text)
    return str(language) if language != "en" and probability >= SURE else None


@cache
def _identifier() -> "LanguageIdentifier":
    """Load the model of langid.py, which takes a second.

    Source: Lui and Baldwin 2012, https://aclanthology.org/P12-3005
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
