"""A user's own copy of the published wording of a judge: template sets, stored like prompt sets.

A set is texts by name and nothing more: which names a judge has, and what stands between their braces, is the judge's
to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crb.errors import DataError
from crb.prompts.sets import BUILT_IN, PromptMode
from crb.prompts.shelf import Shelf, Source, fingerprint
from crb.prompts.wording import check_text

SHELF = Shelf(
    "template set",
    "templates",
    {BUILT_IN: "the name of the built-in prompt set"} | {mode.value: "a prompt mode" for mode in PromptMode},
    option=" --templates",
)


@dataclass(frozen=True)
class TemplateSet:
    """Texts by name, in the order of the file they came from.

    Args:
        name: what `--templates NAME` calls the set.
        texts: the wording, as it stood in the user's file.
    """

    name: str
    texts: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over names and texts; the set's own name does not count."""
        return fingerprint(dict(self.texts))


def load_templates(name: str) -> TemplateSet:
    """The template set that `crb prompts import --templates` stored under that name.

    Raises:
        UsageError: no such set; near names are suggested.
        DataError: the stored file was edited or is damaged.
    """
    return load_with_source(name)[0]


def load_with_source(name: str) -> tuple[TemplateSet, Source]:
    """As `load_templates`, with where the set came from."""
    stored = SHELF.read(name)
    try:
        texts = {str(entry.key): check_text(entry, stored.path, "the template") for entry in stored.entries}
    except DataError as error:  # its advice is for the author of a file
        raise stored.edited(error.what, error.field) from error
    templates = TemplateSet(name, texts)
    SHELF.check_fingerprint(stored, templates.fingerprint)
    return templates, stored.source
