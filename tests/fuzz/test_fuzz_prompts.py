"""Files of system prompts and of judges' templates: read to the last character, or refused; source is never run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzzing import attempt, cases, damaged, json_files
from hypothesis import given
from hypothesis import strategies as st

from crb.prompts import store
from crb.prompts.importing import import_prompts
from crb.prompts.template_import import import_templates
from crb.prompts.templates import load_templates
from crb.vocabulary import Criterion

WORDING = {"full": "Judge the code.", **{criterion.value: f"Judge {criterion}." for criterion in Criterion}}
PYTHON = f"""import os
OTHER = {{"full": "x"}}
PROMPTS: dict[str, str] = {json.dumps(WORDING, indent=4)}
TEMPLATE = "Rate this:\\n" "{{response}}"
def f(): return f"{{PROMPTS['full']}}"
""".encode()
YAML = "".join(f"{key}: |\n  {text}\n" for key, text in WORDING.items()).encode()
EXPRESSIONS = [
    b"f'{os.getcwd()}'",
    b"open('x').read()",
    b"'a' * 10 ** 9",
    b"(" * 300 + b")" * 300,
    b"-" * 5000 + b"1",
    b"'\\ud800'",
    b"b'bytes'",
    b"None",
    b"{1, 2}",
    b"[[]]",
    b"1e999",
    b"...",
    b"{**OTHER}",
    b"'\\x00'",
]
SOURCE = {".py": PYTHON, ".json": json.dumps(WORDING).encode(), ".yaml": YAML}


def source(suffix: str) -> st.SearchStrategy[bytes]:
    """A file of prompts to which something was done."""
    sound = SOURCE[suffix]
    if suffix == ".json":
        return json_files(WORDING)
    texts = [json.dumps(text).encode() if suffix == ".py" else text.encode() for text in WORDING.values()]
    swapped = st.tuples(st.sampled_from(texts), st.sampled_from(EXPRESSIONS))
    return damaged(sound) | swapped.map(lambda found: sound.replace(found[0], found[1], 1))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setenv("CRB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def prompts(path: Path) -> list[str]:
    """The six texts of a set of prompts out of a file, which are those that a run will find."""
    found = import_prompts(path, "fuzzed", replace=True).prompts
    assert store.load("fuzzed") == found
    texts = [found.full, *found.criteria.values()]
    assert len(texts) == 6
    return texts


def templates(path: Path) -> list[str]:
    """The texts of templates out of a file, which are those that a run will find."""
    found = import_templates(path, "fuzzed", replace=True).templates
    assert load_templates("fuzzed") == found
    assert found.texts
    return list(found.texts.values())


@pytest.mark.parametrize("suffix", SOURCE)
@pytest.mark.parametrize("read", [prompts, templates])
@cases(60)
@given(data=st.data())
def test_wording_of_any_kind_is_whole_or_refused(
    tmp_path: Path, suffix: str, read: Callable[[Path], list[str]], data: st.DataObject
) -> None:
    path = tmp_path / f"wording{suffix}"
    path.write_bytes(data.draw(source(suffix)))
    for text in attempt(lambda: read(path), path) or ():
        assert text.strip()
        assert text.encode()


@cases(60)
@given(data=st.data())
def test_a_stored_set_of_any_kind_is_the_imported_one_or_refused(
    tmp_path: Path, home: Path, data: st.DataObject
) -> None:
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps(WORDING))
    imported = import_prompts(path, "stored", replace=True)
    sound = imported.path.read_bytes()
    imported.path.write_bytes(data.draw(json_files(json.loads(sound))))
    loaded = attempt(lambda: store.load("stored"), imported.path)
    assert loaded is None or loaded == imported.prompts  # another wording would be another experiment
    imported.path.write_bytes(sound)


def test_a_file_of_prompts_that_would_do_something_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "prompts.py"
    mark = tmp_path / "mark"
    path.write_bytes(PYTHON.replace(b"import os", f"open({str(mark)!r}, 'w')".encode()))
    import_prompts(path, "quiet", variable="PROMPTS")
    assert not mark.exists()
