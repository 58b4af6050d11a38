"""The format `rerank`: questions with many completions each and their pass rates, to be put in order by a model.

One row is one question. The grade of a completion is the share of tests it passes; whether it passes as a whole is
told apart by a list `passed` where the data has one (a verdict may ask for more than tests), else it is a pass rate
of 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crb.benchmarks.base import Benchmark
from crb.benchmarks.fields import Fields, items_of
from crb.benchmarks.naming import content_name
from crb.benchmarks.sources import open_source
from crb.errors import UsageError
from crb.items import Candidate, Item
from crb.metrics.reranking import PASSED, Reranking
from crb.vocabulary import Criterion, Language

ID = ("id", "question_id", "task_id")
PROMPT = ("prompt", "question", "instruction", "problem")
COMPLETIONS = ("completions", "responses", "candidates")
_VERDICTS = ("passed", "final_verdict")
_LANGUAGE = ("language", "lang")
_MOST_TESTS = 2.0**53  # JSON can spell a whole number that no float can hold
COLUMNS = (
    *ID,
    *PROMPT,
    *COMPLETIONS,
    *_VERDICTS,
    *_LANGUAGE,
    "pass_rates",
    "num_passed",
    "num_failed",
    "subset",
    "aspect",
)


@dataclass(frozen=True)
class Rerank:
    """Questions with completions, from a file, a folder or a hub data set."""

    name: str = "rerank"
    summary: str = "re-ranking: questions with many completions and their pass rates"
    home: str = "rerank:PATH (Parquet, JSON, JSONL, a save_to_disk folder) or rerank:ORG/NAME"
    size: int | None = None
    metric: Reranking = field(default_factory=Reranking)

    def load(self, path: Path | None) -> Benchmark:
        """The questions at a path or hub id.

        Raises:
            UsageError: no path.
            DataError: nothing there, or a fault in the data, with file, row and field.
        """
        if path is None:
            raise UsageError("the benchmark 'rerank' needs to know where the questions are", todo="give rerank:PATH")
        source = open_source(path, spec=self.name, columns=COLUMNS)
        return Benchmark.of(
            content_name(source.name, self.name), items_of(source.rows, graded_item), source.label, self.metric
        )


BENCHMARK = Rerank()


def graded_item(row: Fields) -> Item:
    """The item of a row that has pass rates.

    Raises:
        DataError: a column is missing, or a list is not as long as the completions or holds what it may not.
    """
    item = ungraded_item(row)
    n = len(item.candidates)
    grades = pass_rates(row, n)
    verdict = next((name for name in _VERDICTS if row.row.values.get(name) is not None), None)
    facts: tuple[tuple[str, str], ...] = ()
    if verdict is not None:
        marks = _list(row, verdict, n)
        for place, mark in enumerate(marks, start=1):
            if not isinstance(mark, bool) and mark not in (0, 1):
                raise row.fault(verdict, f"value {place} of the list is {mark!r}, not true or false")
        facts = ((PASSED, "".join("1" if mark else "0" for mark in marks)),)
    candidates = tuple(Candidate(one.id, one.text, grade) for one, grade in zip(item.candidates, grades, strict=True))
    return Item(item.id, item.prompt, candidates, item.criterion, item.language, item.subset, facts)


def ungraded_item(row: Fields) -> Item:
    """The item of a row, every completion graded 0.

    Raises:
        DataError: as `graded_item`.
    """
    values = row.row.values
    column = next((name for name in COMPLETIONS if name in values), COMPLETIONS[0])
    texts = row.texts(column)
    named = next((name for name in _LANGUAGE if values.get(name) is not None), None)
    language = None if named is None else _language(row, named)
    criterion: Criterion | None = Criterion.FUNCTIONAL_CORRECTNESS  # what tests measure
    if values.get("aspect") is not None:
        criterion = Criterion.parse(row.text("aspect"))
        if criterion is None:
            known = ", ".join(one.aspect for one in Criterion)
            raise row.fault("aspect", f"unknown criterion {values['aspect']!r}", f"use one of {known}")
    subset = row.text("subset") if values.get("subset") else None
    candidates = tuple(Candidate(str(place), text, 0.0) for place, text in enumerate(texts))
    return Item(row.id(*ID), row.text(*PROMPT), candidates, criterion, language, subset)


def pass_rates(row: Fields, n: int) -> list[float]:
    """The pass rate of each of n completions: given, or tests passed over tests run (0 where none was run)."""
    if row.row.values.get("pass_rates") is not None:
        return [
            _number(row, "pass_rates", place, value, 1.0) for place, value in enumerate(_list(row, "pass_rates", n))
        ]
    if row.row.values.get("num_passed") is None or row.row.values.get("num_failed") is None:
        found = ", ".join(map(str, row.row.columns)) or "none"
        raise row.fault(
            "pass_rates",
            f"the column 'pass_rates' is missing; found: {found}",
            "add a list with the share of tests that each completion passes, or the lists num_passed and num_failed; "
            "without any, rank the completions with `crb rerank MODEL --completions FILE`",
        )
    passed, failed = (
        [_number(row, name, place, value, _MOST_TESTS) for place, value in enumerate(_list(row, name, n))]
        for name in ("num_passed", "num_failed")
    )
    return [good / (good + bad) if good + bad else 0.0 for good, bad in zip(passed, failed, strict=True)]


def _list(row: Fields, name: str, n: int) -> Sequence[Any]:
    value = row.row.values[name]
    if not isinstance(value, list):
        raise row.fault(
            name, f"the value is of type {type(value).__name__}, not a list", "write one value a completion"
        )
    if len(value) != n:
        raise row.fault(name, f"the list holds {len(value)} values for {n} completions", "write one value a completion")
    return value


def _number(row: Fields, name: str, place: int, value: Any, most: float) -> float:
    wrong = isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most
    if wrong:
        wanted = "a share from 0 to 1" if most == 1 else "a number of tests"
        raise row.fault(name, f"value {place + 1} of the list is {value!r}, not {wanted}", f"write {wanted}")
    return float(value)


def _language(row: Fields, name: str) -> Language:
    text = row.text(name)
    language = Language.parse(text)
    if language is None:
        known = ", ".join(one.value for one in Language)
        raise row.fault(name, f"unknown language {text[:40]!r}", f"use one of {known}, or leave the column out")
    return language
