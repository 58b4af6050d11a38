"""The language that a message is written in: py3langid's model, which lies in its wheel (97 languages, no network).

Commit messages are short and full of names. Asking for the likeliest language would throw away 'fix typo' as Latin; so
a text is refused only when the languages that are wanted are all but impossible.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from crb.errors import MissingPackageError, unknown_name


class ProseJudge:
    """Says how likely texts are in one of some languages.

    Args:
        languages: ISO 639-1 codes.

    Raises:
        MissingPackageError: py3langid is missing.
        UsageError: a language that the model does not know.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        self._model = _model()
        self._wanted = frozenset(languages)
        for language in sorted(self._wanted - set(self._model.labels)):
            raise unknown_name("language", language, self._model.labels, todo="write ISO 639-1 codes, such as en")

    def probability(self, text: str) -> float:
        """That the text is in one of the wanted languages; 1 for a text without letters."""
        if not any(letter.isalpha() for letter in text):
            return 1.0
        return float(sum(chance for language, chance in self._model.rank(text) if language in self._wanted))


@cache
def _model() -> Any:
    """The model, unpacked once per process: that takes a second."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise MissingPackageError("py3langid", why="to tell the language of messages", extra="build") from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
