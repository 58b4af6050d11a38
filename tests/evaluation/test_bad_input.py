"""Every bad input is an error that names what, where and the next step; it exits with 2 and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_data import BAD_DATA
from bad_judges import BAD_JUDGES
from bad_models import BAD_MODELS
from bad_place import Case, Place
from bad_requests import BAD_REQUESTS, BUSY, NOTHING, POSITIONS

ERRORS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
UNDER_VLLM = {  # met in tests/on_vllm and tests/engines: vLLM, or a cluster, must be there for them
    "vLLM cannot load the model: ...",
    "does not take a message of the role ...",
    "vLLM runs standard sequence classifiers only",
    "workers with ... GPUs each need ...",
}
CASES = {**BAD_DATA, **BAD_MODELS, **BAD_REQUESTS, **BAD_JUDGES}
Crb = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("COLUMNS", "400")  # what the option parser says is not wrapped
    return Place(tmp_path, tiny_llama)


def contents(folder: Path) -> dict[Path, bytes]:
    """All files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_case_hides_another() -> None:
    assert len(CASES) == len(BAD_DATA) + len(BAD_MODELS) + len(BAD_REQUESTS) + len(BAD_JUDGES)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bad_input_is_named_and_loses_nothing(case: Case, place: Place, crb: Crb) -> None:
    arguments = case.make(place)
    before = contents(place.home)
    done = crb(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert re.search(re.escape(case.says).replace(r"\.\.\.", ".*"), done.err), done.err
    for part in case.where:
        assert part in done.err
    if not case.says.startswith("Invalid value"):  # what the option parser says has another shape
        assert done.err.startswith("error: ")
        assert re.search(r"^  next:  \w|did you mean|known: ", done.err, re.MULTILINE), done.err
    assert before.items() <= contents(place.home).items()


def test_the_page_of_errors_has_a_row_for_every_message_and_no_other() -> None:
    rows = [
        line.split(" | ") for line in ERRORS_PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    assert all(len(row) == 3 and all(cell.strip("| ") for cell in row) for row in rows)
    told = [re.findall("`(.+?)`", row[0])[0] for row in rows]
    assert len(told) == len(set(told))
    assert set(told) == {case.says for case in CASES.values()} | {BUSY, NOTHING, POSITIONS} | UNDER_VLLM
