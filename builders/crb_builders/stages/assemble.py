"""assemble: pairs become a training set, with system prompts drawn at random, splits that share nothing, and a card.

    OUT/assemble/extra/README.md      the card
    OUT/assemble/extra/data/*.parquet what `datasets.load_dataset("OUT/assemble/extra")` reads

The columns are those of the published training sets: system (null for none), input, chosen, rejected, aspect, language;
behind them where a row comes from, because permissive licences ask for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, model_validator

from crb.errors import UsageError
from crb.files import write_bytes
from crb.prompts import PromptSet, load_prompt_set
from crb.vocabulary import Criterion
from crb_builders.assembly.apart import hashes, repositories
from crb_builders.assembly.dataset import card, count, write_splits
from crb_builders.assembly.soundness import pair_fault
from crb_builders.assembly.splits import Disjoint, SplitSettings, choose
from crb_builders.assembly.system_prompts import PRESETS, Shares, draw_mode, require_criteria, system_prompt
from crb_builders.llm.aspects import NATURAL, aspect, language
from crb_builders.stage import Each, Outcome, Reject, Row, Settings, Sieve, random_of
from crb_builders.store import Shard

COLUMNS = ("system", "input", "chosen", "rejected", "aspect", "language")
ORIGIN = ("id", "source", "repository", "license")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in (*COLUMNS, *ORIGIN, "mode", "split")] + [("unix_time", pa.int64())]
)
_TABLES = ("split", "aspect", "language", "source", "mode", "license")


class AssembleSettings(Settings):
    """Settings.

    Attributes:
        preset: shares of the system prompts: `general` 0.15 none, 0.60 criterion, 0.25 full; `code` 0.15, 0.65, 0.20.
        none, criterion, full: shares of one's own instead, all three; they add up to 1.
        prompts: the prompt set, as `crb prompts list` names it.
        shuffle: whether the criteria of the full prompt stand in an order of chance.
        splits: by name.
        time_disjoint: refuse splits whose commits overlap in time.
        apart_from: Parquet files, folders of such, or lists of repositories that must not be in here.
        title, text, licence: of the card.
    """

    preset: Literal["general", "code"] = "code"
    none: float | None = Field(default=None, ge=0, le=1)
    criterion: float | None = Field(default=None, ge=0, le=1)
    full: float | None = Field(default=None, ge=0, le=1)
    prompts: str = "crb"
    shuffle: bool = True
    splits: dict[str, SplitSettings] = Field(default_factory=lambda: {"train": SplitSettings()}, min_length=1)
    time_disjoint: bool = False
    apart_from: tuple[Path, ...] = ()
    title: str = "Code preferences"
    text: str = "Preference pairs, built with `crb build`."
    licence: str = "other"

    @model_validator(mode="after")
    def _consistent(self) -> AssembleSettings:
        given = [self.none, self.criterion, self.full]
        known = [value for value in given if value is not None]
        if known and (len(known) < len(given) or abs(sum(known) - 1) > 1e-9):
            raise ValueError("none, criterion and full are given together and add up to 1")
        if not sum(split.share for split in self.splits.values()):
            raise ValueError("no split has a share")
        for name in self.splits:
            if not name.isidentifier():
                raise ValueError(f"{name!r} cannot name a split: use letters, digits and _")
        return self

    def shares(self) -> Shares:
        """How often each kind of system prompt is drawn."""
        if self.none is None or self.criterion is None or self.full is None:
            return PRESETS[self.preset]
        return Shares(self.none, self.criterion, self.full)


class Assemble(Each[AssembleSettings]):
    """Assembles a training set."""

    name: ClassVar[str] = "assemble"
    settings_type = AssembleSettings
    neutral = frozenset({"apart_from"})  # where the files lie; what they hold is in `depends`
    needs = ("id", "prompt", "chosen", "rejected", "aspect", "language")

    def check(self) -> None:
        if self.settings.shuffle and self.settings.shares().full > 0:
            require_criteria(self._prompts)
        elif not self._prompts.full:
            raise UsageError("the prompt set is empty", where="assemble.prompts", todo="choose another")

    def depends(self) -> Mapping[str, str]:
        return {"prompts": self._prompts.fingerprint, **hashes(self.settings.apart_from)}

    def shard(self, rows: pa.Table) -> Outcome:
        sieve = Sieve(_SCHEMA, rows.schema)
        sieve.seen = rows.num_rows
        apart = repositories(self.settings.apart_from)
        for row in rows.to_pylist():
            made = self._row(row, apart)
            if isinstance(made, Reject):
                sieve.reject(row, made.reason)
            else:
                sieve.keep(made)
        return sieve.outcome()

    def publish(self, shards: Sequence[Shard], folder: Path) -> None:
        settings = self.settings
        files = write_splits(shards, (*COLUMNS, *ORIGIN), list(settings.splits), folder)
        text = card(settings.title, settings.text, settings.licence, files, count(shards, _TABLES))
        write_bytes(folder / "README.md", text.encode())

    def report(self, shards: Sequence[Shard]) -> Mapping[str, Any]:
        """Counts, and the proof that the splits are apart.

        Raises:
            DataError: they are not.
        """
        disjoint = Disjoint(self.settings.time_disjoint)
        for shard in shards:
            rows = shard.read(["split", "repository", "input", "unix_time"]).to_pylist()
            disjoint.add({**row, "key": _key(row["repository"], row["input"])} for row in rows)
        return {"counts": count(shards, _TABLES[:-1]), "disjoint": disjoint.conclude()}

    @cached_property
    def _prompts(self) -> PromptSet:
        return load_prompt_set(self.settings.prompts)

    def _row(self, row: Row, apart: Collection[str]) -> Row | Reject:
        if fault := pair_fault(row):
            return fault
        about = aspect(row["aspect"])
        if about is None:
            return Reject("no_aspect")
        repository = row.get("repository")
        if repository and repository.lower() in apart:
            return Reject("repository_elsewhere")
        split = choose(self.settings.splits, random_of(self.seed, "split", _key(repository, row["prompt"])))
        if not self.settings.splits[split].has(row.get("unix_time")):
            return Reject("outside_the_split")
        random = self.random(row["id"])
        mode = draw_mode(random, self.settings.shares())
        order = random if self.settings.shuffle else None
        return {
            "system": system_prompt(self._prompts, mode, Criterion.parse(row["aspect"]), order),
            "input": row["prompt"],
            "chosen": row["chosen"],
            "rejected": row["rejected"],
            "aspect": about.spelling,
            "language": language(row["language"]) or NATURAL,
            "id": row["id"],
            "source": row.get("source") or ("commits" if repository else None),
            "repository": repository,
            "license": row.get("license"),
            "mode": mode.value,
            "split": split,
            "unix_time": row.get("unix_time"),
        }


def _key(repository: str | None, prompt: str) -> str:
    """What decides the split: the repository, or the prompt where there is none."""
    if repository:
        return f"repository {repository.lower()}"
    return f"prompt {hashlib.sha256(prompt.encode(errors='surrogatepass')).hexdigest()[:32]}"
