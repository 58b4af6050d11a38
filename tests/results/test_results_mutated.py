"""A thousand mutations each of an entry, of the comparisons and of published figures: refused with file and place.

The oracle does not trust the code under test: what is accepted must say what the file says, may differ from the sound
file only where nothing else in the folder depends on it, and must hold no text that a page or a terminal would obey.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated, paths
from result_doubles import make_run, overlap_of

from crb.errors import CrbError, DataError
from crb.results.adding import add_runs
from crb.results.build import entry_of
from crb.results.figures import PublishedFigures
from crb.results.store import PAIRWISE, read_entry, write_published
from crb.results.validate import validate
from crb.runs import open_run

THOUSAND = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FREE = re.compile(
    r"model\.license|model\.family|model\.parameters_b|provenance\.(tool|date)|overlap|findings|config\.[\w ]+"
)
"""Where an entry of a model without a card may be changed and still be one."""
HARMFUL = re.compile(
    "[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]|<[a-zA-Z/!]|javascript:|^[/~]|\\.\\./|\\.\\.\\\\|^C:"
)
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a message may not hold: a terminal would obey it."""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with two models and the baselines on crb-mini."""
    home = tmp_path_factory.mktemp("mutations")
    runs = [make_run(home / name, f"someone/{name}", seed) for seed, name in enumerate(("first", "second"))]
    finding = {"severity": "note", "code": "tie-rate", "evidence": {"rate": 0.2, "of": ["a"]}, "message": "some tie"}
    overlap = overlap_of(home)
    assert overlap["flagged"]
    add_runs(home / "results", runs[:1], findings={runs[0].path: [finding]}, overlap=overlap)
    add_runs(home / "results", runs[1:], others=runs[:1])
    figure = {"source": "a paper, table 1", "metric": "accuracy", "benchmark": "crb-mini", "by": "criterion"}
    figures = [
        {**figure, "key": f"group {number}", "printed": f"{number}.50", "value": number + 0.5} for number in range(4)
    ]
    document = {"schema": 1, "model": "someone/first", "figures": figures}
    write_published(home / "results", PublishedFigures.model_validate(document))
    assert validate(home / "results") == []
    return home / "results"


def refused(board: Path, file: Path, content: bytes) -> list[DataError]:
    """The faults of the folder with the file's content exchanged; each says where."""
    sound = file.read_bytes()
    try:
        file.write_bytes(content)
        faults = validate(board)
    finally:
        file.write_bytes(sound)
    for fault in faults:
        assert fault.file is not None
        assert fault.row is not None or fault.field is not None or "not JSON" in fault.what or "UTF-8" in fault.what
        assert fault.todo
        assert not UNSAFE.search(str(fault))
    return faults


def strings(document: Any) -> list[str]:
    """All keys and texts of a JSON value."""
    if isinstance(document, dict):
        return [text for key, value in document.items() for text in (key, *strings(value))]
    if isinstance(document, list):
        return [text for value in document for text in strings(value)]
    return [document] if isinstance(document, str) else []


def changed(before: Any, after: Any) -> set[str]:
    """Dotted places at which two documents differ."""
    places = dict.fromkeys([*paths(before), *paths(after)])
    found = set()
    for path in places:
        values = []
        for document in (before, after):
            try:
                for step in path:
                    document = document[step]
                values.append(json.dumps(document))
            except (KeyError, IndexError, TypeError):
                values.append("absent")
        if values[0] != values[1]:
            found.add(".".join(str(step) for step in path if isinstance(step, str)))
    return {place for place in found if not any(other != place and other.startswith(f"{place}.") for other in found)}


@pytest.mark.slow
@THOUSAND
@given(data=st.data())
def test_a_mutated_entry_is_refused_or_still_true(board: Path, data: st.DataObject) -> None:
    file = board / "someone__first" / "crb-mini.json"
    sound = json.loads(file.read_bytes())
    content, _, _ = data.draw(mutated(sound))
    if refused(board, file, content):
        return
    after = json.loads(content)
    assert not any(HARMFUL.search(text) for text in strings(after))
    assert {place for place in changed(sound, after) if place and not FREE.match(place)} == set()
    file_copy = board.parent / "copy" / file.parent.name / file.name
    file_copy.parent.mkdir(parents=True, exist_ok=True)
    file_copy.write_bytes(content)
    assert json.loads(json.dumps(read_entry(file_copy).as_json())) == {"findings": [], "overlap": None, **after}
    shutil.rmtree(board.parent / "copy")


@pytest.mark.slow
@THOUSAND
@given(data=st.data())
def test_mutated_comparisons_are_refused(board: Path, data: st.DataObject) -> None:
    file = board / PAIRWISE
    sound = json.loads(file.read_bytes())
    content, _, _ = data.draw(mutated(sound))
    if refused(board, file, content):
        return
    before, after = sound["benchmarks"]["crb-mini"], json.loads(content)["benchmarks"]["crb-mini"]
    counts = after.pop("counts")
    assert after == {key: value for key, value in before.items() if key != "counts"}
    # Accepted is the same file, one in which a couple was never compared, or two couples exchanged that fit as well:
    # the longer and the shorter response are right equally often in every group.
    assert all(row is None or row in before["counts"] for row in counts)


@pytest.mark.slow
@THOUSAND
@given(data=st.data())
def test_mutated_published_figures_are_refused_or_harmless(board: Path, data: st.DataObject) -> None:
    file = board / "someone__first" / "published.json"
    sound = json.loads(file.read_bytes())
    content, _, _ = data.draw(mutated(sound))
    if refused(board, file, content):
        return
    after = json.loads(content)
    assert not any(HARMFUL.search(text) for text in strings(after))
    assert {key: after[key] for key in sound if key != "figures"} == {"schema": 1, "model": "someone/first"}
    assert all(float(figure["printed"]) == figure["value"] for figure in after["figures"])
    assert all(set(figure) == set(sound["figures"][0]) for figure in after["figures"])


@pytest.mark.slow
@settings(THOUSAND, max_examples=300)
@given(data=st.data())
def test_a_mutated_run_is_refused_or_makes_a_true_entry(board: Path, data: st.DataObject) -> None:
    folder = board.parent / "first"
    file = folder / "run.json"
    sound = file.read_bytes()
    content, _, _ = data.draw(mutated(json.loads(sound)))
    try:
        file.write_bytes(content)
        entry = entry_of(open_run(folder))
    except CrbError as error:
        assert not UNSAFE.search(str(error))  # noqa: PT017
        return
    finally:
        file.write_bytes(sound)
    assert sum(cell.n for cell in entry.cells) == 160
    assert not any(HARMFUL.search(text) for text in strings(entry.as_json()))
