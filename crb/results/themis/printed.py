"""results.json of the published layout: checked for its shape, so that comparing it cannot fail.

Names are known or refused, shares lie between 0 and 1, counts are whole numbers. Keys that some publishers add
(`parse_failures`) are kept; those that nobody knows are kept too, if they hold nothing harmful.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crb.errors import DataError
from crb.results.documents import fault, read_document
from crb.results.text import LARGEST, faults
from crb.vocabulary import Criterion, Language

GROUPS = {"by_aspect": Criterion, "by_language": Language, "by_subset": None}
OVERALL = ("accuracy", "total_examples", "correct_predictions")
DIFFERENCES = ("mean_score_difference", "median_score_difference", "std_score_difference")
_COUNTS = ("total_examples", "correct_predictions", "valid_pairs", "total_parse_failures", "parse_failures", "count")
_SHARES = ("accuracy", "accuracy_valid_only", "parse_failure_rate")
_LARGEST = 1_000_000  # bytes
_CEILING = 1e300  # of a mean of scores; the sum of two is still a float64
_TODO = "get the file again from where it was published"


def read_printed(path: Path) -> dict[str, Any]:
    """The content of a published results.json.

    Raises:
        DataError: not one; with the key at fault.
    """
    document = read_document(path, largest=_LARGEST)
    if not isinstance(document, dict):
        raise DataError("the file holds no JSON object", file=path, todo=_TODO)
    for place, wrong in faults(document, ceiling=_CEILING):
        raise fault(path, (place,), wrong, _TODO)
    overall = _object(document, "overall", path)
    for key in (*OVERALL, *DIFFERENCES):
        if key not in overall:
            raise fault(path, (f"overall.{key}",), "the key is missing", _TODO)
    _figures(overall, "overall", path)
    if "parse_failures" in document:
        _figures({"parse_failures": document["parse_failures"]}, "", path)
    for name, vocabulary in GROUPS.items():
        seen = set()
        for group, figures in _object(document, name, path).items():
            word = group if vocabulary is None else vocabulary.parse(group)
            if word is None:
                raise fault(path, (f"{name}.{group}",), "the name is none of the vocabulary", _TODO)
            if word in seen:
                raise fault(path, (f"{name}.{group}",), "the group stands twice", _TODO)
            seen.add(word)
            if not isinstance(figures, dict) or not {"accuracy", "count"} <= set(figures):
                raise fault(path, (f"{name}.{group}",), "no object with accuracy and count", _TODO)
            _figures(figures, f"{name}.{group}", path)
    return document


def _object(document: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    if key not in document:
        raise fault(path, (key,), "the key is missing", _TODO)
    found = document[key]
    if not isinstance(found, dict):
        raise fault(path, (key,), "the value is no JSON object", _TODO)
    return found


def _figures(figures: dict[str, Any], place: str, path: Path) -> None:
    for key, value in figures.items():
        where = (f"{place}.{key}" if place else key,)
        if key in _COUNTS:
            if type(value) is not int or not 0 <= value <= LARGEST:
                raise fault(path, where, "not a count", _TODO)
        elif key in _SHARES:
            if type(value) not in (int, float) or not 0 <= value <= 1:
                raise fault(path, where, "not a share from 0 to 1", _TODO)
        elif key in DIFFERENCES and value is not None and type(value) not in (int, float):
            raise fault(path, where, "not a number", _TODO)
