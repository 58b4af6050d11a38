"""Prompt sets, and the modes in which an item gets a prompt of them.

A set's identity is its wording: two sets that read the same have one fingerprint, whatever they are called and wherever
they came from, so that runs under either can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crb.errors import UsageError
from crb.prompts.shelf import fingerprint
from crb.vocabulary import Criterion

BUILT_IN = "crb"
"""The name of the set that ships inside the package."""


class PromptMode(StrEnum):
    """Which system prompt an item gets."""

    NONE = "none"  # no system prompt at all
    FULL = "full"  # one wording over all criteria, the same for every item
    CRITERION = "criterion"  # the wording of the item's own criterion


@dataclass(frozen=True)
class PromptSet:
    """A wording for all criteria together and one for each criterion.

    Args:
        name: what `--prompts NAME:MODE` calls it.
        version: of the built-in set, raised with every change of wording; `imported` for a user's own.
        full: the system prompt over all criteria.
        criteria: the system prompt of each criterion that the set covers; kept in the vocabulary's order.
    """

    name: str
    version: str
    full: str
    criteria: Mapping[Criterion, str] = field(hash=False)

    def __post_init__(self) -> None:
        ordered = {criterion: self.criteria[criterion] for criterion in Criterion if criterion in self.criteria}
        object.__setattr__(self, "criteria", ordered)  # a copy: later changes to the caller's dict do not reach it

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of SHA-256 over the canonical JSON of the wording: neither name nor version count."""
        wording = {"full": self.full, "criteria": {criterion.value: text for criterion, text in self.criteria.items()}}
        return fingerprint(wording)

    def system(self, mode: PromptMode, criterion: Criterion | None) -> str | None:
        """The system prompt of an item of that criterion; None in mode `none`.

        Raises:
            UsageError: mode `criterion`, and the item has no criterion or the set has no wording for it.
        """
        if mode is PromptMode.NONE:
            return None
        if mode is PromptMode.FULL:
            return self.full
        if criterion is None:
            raise UsageError(
                "an item without a criterion has no system prompt in the mode 'criterion'",
                where=f"prompt set {self.name!r}",
                todo="use the mode full or none, or give every item of the benchmark its criterion (column 'aspect')",
            )
        if criterion not in self.criteria:
            raise UsageError(
                f"the prompt set {self.name!r} has no wording for {criterion.value}",
                where=f"it covers: {', '.join(self.criteria) or 'no criterion'}",
                todo="use the mode full or none, run with --criterion on those it covers, or use another set",
            )
        return self.criteria[criterion]
