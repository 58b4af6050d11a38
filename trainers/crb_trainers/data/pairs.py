"""The pairs of a recipe's sources: the published columns, filters, prompts, and what was left out and why.

All rows of all sources are read and checked before the model is loaded: a faulty row in the last source must not be met
after an hour. The price is that the texts lie in memory, once, until they are tokens.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crb.benchmarks import layout
from crb.benchmarks.faults import Fault, missing, sound, text_fault
from crb.benchmarks.rows import Row
from crb.benchmarks.sources import open_source
from crb.errors import DataError, unknown_name
from crb.files import write_bytes
from crb.prompts import load_prompt_set, parse_choice
from crb.vocabulary import Criterion, Language
from crb_trainers.settings import AS_WRITTEN, DataSettings, Source

REQUIRED = ("input", "chosen", "rejected", "aspect", "language")
COLUMNS = ("system", *REQUIRED, "id", "idx", "prompt")
"""The published ones, ids, and the benchmark's word for `input`."""
_ALIASES = {
    "input": ("instruction", "question", "query", "problem"),
    "chosen": ("accepted", "preferred", "response_chosen", "better"),
    "rejected": ("dispreferred", "response_rejected", "worse"),
    "aspect": ("criterion", "criteria", "dimension", "category"),
    "language": ("lang", "programming_language"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One preference pair as text.

    Attributes:
        id: unique among a run's pairs: what the rows' own column `id` or `idx` says, else `FILE#ROW`, from 1.
        system: the system prompt, or None.
        prompt: what the user asked (the column is `input`).
        chosen, rejected: the responses.
        criterion: the column `aspect`, in the core's spelling where the core knows it.
        language: in the core's spelling where the core knows it.
        source: index into the recipe's sources.
    """

    id: str
    system: str | None
    prompt: str
    chosen: str
    rejected: str
    criterion: str
    language: str
    source: int


@dataclass(frozen=True, slots=True)
class PairSet:
    """The pairs of a run.

    Attributes:
        train: what is trained on, in the order of the sources.
        held_out: the pairs of the prompts that were held out.
        rows: how many rows were read, per source.
        dropped: how many pairs were left out, by reason.
        content_hash: hex SHA-256 over the pairs of `train`, in order.
    """

    train: tuple[Pair, ...]
    held_out: tuple[Pair, ...]
    rows: tuple[int, ...]
    dropped: Mapping[str, int]
    content_hash: str


def read_pairs(settings: DataSettings, *, seed: int = 0) -> PairSet:
    """All pairs of the sources after the filters.

    Args:
        seed: of what is held out.

    Raises:
        DataError: a missing column, a faulty value (file, row, field), or nothing left after the filters.
        UsageError: a filter names a criterion or language that no row has.
    """
    read = [_read(source, number) for number, source in enumerate(settings.sources)]
    _check_filters(settings, [pair for pairs in read for pair in pairs])
    dropped: Counter[str] = Counter()
    kept: list[Pair] = []
    for source, pairs in zip(settings.sources, read, strict=True):
        left = [pair for pair in pairs if not (reason := _refusal(pair, source, settings)) or _count(dropped, reason)]
        if source.limit is not None and len(left) > source.limit:
            dropped["limit"] += len(left) - source.limit
            left = left[: source.limit]
        kept += left
    if not kept:
        told = ", ".join(f"{reason} {count:,}" for reason, count in dropped.items())
        raise DataError(
            f"no pair is left after the filters; left out: {told}",
            file=", ".join(source.path for source in settings.sources),
            field="data.criteria, data.languages",
            todo="loosen the recipe's filters, or add a source that has such pairs",
        )
    prompted = _distinct(_prompted(kept, settings.prompts))
    held = [_chance(pair.prompt, seed) < settings.held_out for pair in prompted]
    train = tuple(pair for pair, out in zip(prompted, held, strict=True) if not out)
    if not train:
        raise DataError(
            "all pairs are held out, none is left to train on", field="data.held_out", todo="lower the share"
        )
    held_out = tuple(pair for pair, out in zip(prompted, held, strict=True) if out)
    return PairSet(train, held_out, tuple(map(len, read)), dict(dropped), content_hash(train))


def content_hash(pairs: Iterable[Pair]) -> str:
    """Hex SHA-256 over the content of pairs, in order; ids and places leave no trace."""
    digest = hashlib.sha256(b"crb training pairs 1\n")
    for pair in pairs:
        row = [pair.system, pair.prompt, pair.chosen, pair.rejected, pair.criterion, pair.language, pair.source]
        digest.update(json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n")
    return digest.hexdigest()


def write_benchmark(pairs: Sequence[Pair], path: Path) -> None:
    """Write the pairs whose criterion and language the core knows as a benchmark that `crb run` reads.

    System prompts are left out: a benchmark's come from the run (`--prompts`).
    """
    lines = []
    for pair in pairs:
        criterion, language = Criterion.parse(pair.criterion), Language.parse(pair.language)
        if criterion is not None and language is not None:
            row = {"id": pair.id, "prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected}
            lines.append(json.dumps({**row, "aspect": criterion.aspect, "language": language.value}) + "\n")
    write_bytes(path, "".join(lines).encode())


def _read(source: Source, number: int) -> list[Pair]:
    def pick(folder: Path) -> list[Path]:
        configs = layout.declared(folder)
        name = source.config or ("default" if "default" in configs else next(iter(configs), None))
        if source.config is not None and source.config not in configs:
            raise unknown_name("configuration", source.config, configs, todo=f"take one that the folder has: {folder}")
        config = (
            configs.get(name)
            if name is not None and (source.config or len(configs) == 1 or name == "default")
            else None
        )
        return (layout.config_files(folder, config, source.split) if config else []) or layout.data_files(folder)

    place = _built(Path(source.path).expanduser())
    opened = open_source(place, spec="pairs", pick=pick, config=source.config, split=source.split, columns=COLUMNS)
    return sound(opened.rows, lambda row: _pair(row, number))


def _built(place: Path) -> Path:
    """Of a folder that `crb build` filled, the data set in it."""
    found = list(place.glob("*/extra/README.md")) if (place / "recipe.json").is_file() else []
    return found[0].parent if len(found) == 1 else place


def _pair(row: Row, source: int) -> Pair | Fault:
    values = dict(row.values)
    if "input" not in values and "prompt" in values:
        values["input"] = values["prompt"]
    for column in REQUIRED:
        if column not in values:
            return missing(column, row.columns, ("system", *REQUIRED), _ALIASES, "system")
        fault = text_fault(column, values[column])
        if fault is not None:
            return fault
    system = values.get("system")
    if isinstance(system, str) and not system.strip():
        system = None  # how tables without nulls write "none"
    if system is not None and (fault := text_fault("system", system)) is not None:
        return fault
    own = next((values[name] for name in ("id", "idx") if isinstance(values.get(name), str) and values[name]), None)
    return Pair(
        own or f"{Path(row.file).name}#{row.number}",
        system,
        values["input"],
        values["chosen"],
        values["rejected"],
        criterion_name(values["aspect"]),
        language_name(values["language"]),
        source,
    )


def criterion_name(text: str) -> str:
    """A criterion as a `Pair` has it: the core's word, or the text's own."""
    found = Criterion.parse(text)
    return found.value if found is not None else text.strip()


def language_name(text: str) -> str:
    """A language as a `Pair` has it: the core's word, or the text's own."""
    found = Language.parse(text)
    return found.value if found is not None else text.strip()


def _refusal(pair: Pair, source: Source, settings: DataSettings) -> str:
    """Why a pair is left out; empty where it is not."""
    criterion, language = pair.criterion.casefold(), pair.language.casefold()
    wanted = (_folded(source.criteria, criterion_name), _folded(settings.criteria, criterion_name))
    if any(names and criterion not in names for names in wanted):
        return "criterion"
    if criterion in _folded(settings.without_criteria, criterion_name):
        return "criterion"
    spoken = (_folded(source.languages, language_name), _folded(settings.languages, language_name))
    if any(names and language not in names for names in spoken):
        return "language"
    if language in _folded(settings.without_languages, language_name):
        return "language"
    return ""


@functools.cache
def _folded(names: tuple[str, ...], spelling: Callable[[str], str]) -> frozenset[str]:
    return frozenset(spelling(name).casefold() for name in names)


def _count(dropped: Counter[str], reason: str) -> bool:
    dropped[reason] += 1
    return False


def _check_filters(settings: DataSettings, pairs: Sequence[Pair]) -> None:
    criteria = {pair.criterion for pair in pairs} | {word.value for word in Criterion}
    languages = {pair.language for pair in pairs} | {word.value for word in Language}
    asked = [(settings.criteria, settings.languages), (settings.without_criteria, settings.without_languages)]
    asked += [(source.criteria, source.languages) for source in settings.sources]
    for names, spoken in asked:
        for name in names:
            if criterion_name(name).casefold() not in {word.casefold() for word in criteria}:
                raise unknown_name("criterion", name, criteria)
        for name in spoken:
            if language_name(name).casefold() not in {word.casefold() for word in languages}:
                raise unknown_name("language", name, languages)


def _prompted(pairs: Sequence[Pair], prompts: str) -> Iterator[Pair]:
    """The pairs under the system prompts that the recipe asks for."""
    if prompts == AS_WRITTEN:
        yield from pairs
        return
    name, mode = parse_choice(prompts)
    prompt_set = load_prompt_set(name)
    for pair in pairs:
        yield replace(pair, system=prompt_set.system(mode, Criterion.parse(pair.criterion)))


def _distinct(pairs: Iterable[Pair]) -> list[Pair]:
    """The same pairs under ids that occur once."""
    seen: Counter[str] = Counter()
    distinct = []
    for pair in pairs:
        seen[pair.id] += 1
        distinct.append(pair if seen[pair.id] == 1 else replace(pair, id=f"{pair.id}~{seen[pair.id]}"))
    return distinct


def _chance(prompt: str, seed: int) -> float:
    """A number in [0, 1) that is a prompt's own: equal prompts are held out together, whatever stands around them."""
    digest = hashlib.sha256(f"{seed}:".encode() + prompt.encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
