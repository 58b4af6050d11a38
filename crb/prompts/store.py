"""Imported prompt sets: `prompts/NAME.json` in the user's data folder."""

from __future__ import annotations

from pathlib import Path

from crb.errors import DataError
from crb.prompts.sets import BUILT_IN, PromptMode, PromptSet
from crb.prompts.shelf import Shelf, Source
from crb.prompts.wording import FULL, Wording, check_wording
from crb.vocabulary import Criterion

IMPORTED = "imported"
"""The version of every imported set: its fingerprint tells wordings apart."""
SHELF = Shelf(
    "prompt set",
    "prompts",
    # `--prompts full` is a mode of the built-in set
    {BUILT_IN: "the name of the built-in set"} | {mode.value: "a prompt mode" for mode in PromptMode},
)


def folder() -> Path:
    """The folder of the imported sets; it need not exist."""
    return SHELF.folder()


def names() -> list[str]:
    """The names of the imported sets, sorted, whether or not their files are sound."""
    return SHELF.names()


def make(name: str, wording: Wording) -> PromptSet:
    """The imported set of that name and wording."""
    criteria = {criterion: wording[criterion] for criterion in Criterion}
    return PromptSet(name, IMPORTED, wording[None], criteria)


def save(prompts: PromptSet, source: Source) -> Path:
    """Write a set's file in one step, over an older one.

    Raises:
        CrbError: the folder cannot be written to.
    """
    texts = {FULL: prompts.full} | {criterion.value: text for criterion, text in prompts.criteria.items()}
    return SHELF.write(prompts.name, prompts.fingerprint, source, texts)


def load(name: str) -> PromptSet:
    """The imported set of that name.

    Raises:
        UsageError: no such set; near names are suggested.
        DataError: the file was edited or is damaged.
    """
    return load_with_source(name)[0]


def load_with_source(name: str) -> tuple[PromptSet, Source]:
    """As `load`, with where the set came from."""
    stored = SHELF.read(name, besides=(BUILT_IN,))
    try:
        prompts = make(name, check_wording(stored.entries, stored.path))
    except DataError as error:  # its advice is for the author of a map
        raise stored.edited(error.what, error.field) from error
    SHELF.check_fingerprint(stored, prompts.fingerprint)
    return prompts, stored.source
