"""Benchmarks: from a name, a path or a hub id to items.

`load_benchmark` decides what a piece of text means; the formats behind the entry points do the reading. This module
is light: pyarrow and datasets are imported when data is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from crb import registry
from crb.benchmarks.base import Benchmark, BenchmarkFormat
from crb.benchmarks.counts import Counts
from crb.errors import CrbError, UsageError, unknown_name
from crb.metrics.base import Metric

__all__ = ["Benchmark", "BenchmarkFormat", "Counts", "get_format", "load_benchmark", "metric_of", "resolve", "several"]


def load_benchmark(
    spec: str | Path,
    *,
    criteria: Iterable[str] = (),
    languages: Iterable[str] = (),
    subsets: Iterable[str] = (),
    limit: int | None = None,
) -> Benchmark:
    """Loads and validates a benchmark, then selects from it.

    Args:
        spec: a registered name (`crb`), `name:path` for a registered format at a local path (`crb:DIR`), the path of
            a file or folder of pairs, or a hub data set of pairs (`org/name`, `org/name@revision`). A registered
            name wins over a path of the same name: write `./crb`, or give a `Path`, which is never a name.
        criteria: keep these criteria (all if empty), in any spelling `Criterion.parse` knows.
        languages: keep these languages, in any spelling `Language.parse` knows.
        subsets: keep these subsets.
        limit: keep the first so many of what is left.

    Raises:
        UsageError: an unknown name, or a selection that leaves nothing.
        DataError: missing or faulty data; names file, row and field.
    """
    form, path = resolve(spec)
    return form.load(path).select(criteria, languages, subsets, limit)


def several(text: str) -> list[str]:
    """The benchmarks named in a list with commas; a path that has a comma in its name is one benchmark.

    Raises:
        UsageError: nothing between two commas, or one of them stands twice.
    """
    from crb.benchmarks.sources import exists

    _, colon, place = text.partition(":")
    if "," not in text or exists(Path(text).expanduser()) or (colon and exists(Path(place).expanduser())):
        return [text]
    names = [name.strip() for name in text.split(",")]
    todo = "write them with commas, e.g. --benchmark crb,rewardbench,judgebench:PATH"
    if not all(names):
        raise UsageError("a benchmark's name is empty", where=f"--benchmark {text}", todo=todo)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the benchmark {twice} stands twice", where=f"--benchmark {text}", todo=todo)
    return names


def resolve(spec: str | Path) -> tuple[BenchmarkFormat, Path | None]:
    """What `spec` means: a format and, unless the format's own home is meant, a path or hub id.

    Raises:
        UsageError: it means nothing; near names are suggested.
        DataError: it is a path with nothing there.
    """
    from crb.benchmarks.hub import is_hub_id
    from crb.benchmarks.sources import exists, looks_like_file, missing_path

    if not isinstance(spec, str | Path):  # a table or a list, whose text would be looked for as a name
        raise UsageError(
            f"the benchmark is of type {type(spec).__name__}, not a name or a path",
            todo="write the rows to a file (Parquet or JSON Lines) and give its path",
        )
    known = registry.names(registry.BENCHMARKS)
    text = str(spec)
    if not text.strip():
        raise UsageError("no benchmark given", todo="list the registered ones with `crb benchmarks`")
    if not isinstance(spec, Path):
        if text in known:
            return get_format(text), None
        name, colon, place = text.partition(":")
        if colon and name in known:
            if not place.strip():
                raise UsageError(f"no path after {text!r}", todo=f"write {name}:PATH, or {name} alone")
            return get_format(name), Path(place).expanduser()
    path = Path(text).expanduser()
    if exists(path):
        return get_format("pairs"), path
    name, colon, _ = text.partition(":")
    todo = "list them with `crb benchmarks`; data of your own is given as PATH, NAME:PATH or ORG/NAME on the hub"
    if colon and re.fullmatch(r"[\w.-]+", name) and not isinstance(spec, Path):
        raise unknown_name("benchmark format", name, known, todo=todo)
    if isinstance(spec, Path) or looks_like_file(text):
        raise missing_path(path)
    if is_hub_id(text):
        return get_format("pairs"), path
    raise unknown_name("benchmark", text, known, todo=todo)


def get_format(name: str) -> BenchmarkFormat:
    """The registered benchmark format of that name.

    Raises:
        UsageError: no such name.
        CrbError: it cannot be imported, or is not a benchmark format.
    """
    form = registry.load(registry.BENCHMARKS, name)
    if not isinstance(form, BenchmarkFormat):
        raise CrbError(
            f"the benchmark {name!r} is not a benchmark format: it lacks name, summary, home, size or load",
            where=f"distribution {registry.distribution(registry.BENCHMARKS, name)}",
            todo="point the entry point at an object with what crb.benchmarks.BenchmarkFormat asks for",
        )
    return form


def metric_of(name: str) -> Metric:
    """The metric of the registered benchmark format of that name.

    Raises:
        UsageError: no such name.
        CrbError: the format cannot be imported, or has no metric.
    """
    metric = getattr(get_format(name), "metric", None)
    if not isinstance(metric, Metric):
        raise CrbError(
            f"the benchmark {name!r} has no metric of its own",
            where=f"distribution {registry.distribution(registry.BENCHMARKS, name)}",
            todo="install the version of the package that the run was made with",
        )
    return metric
