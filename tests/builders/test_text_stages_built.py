"""deduplicate, clean and aspects in a build: any number of workers, killed at any moment, run again when finished."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from builder_rows import built, reasons, rows
from histories import History, Put
from killing import survives_kills

pytest.importorskip("rensa")
pytest.importorskip("tree_sitter")
pytest.importorskip("py3langid")

_MESSAGES = (
    "Speed up the {} by one lookup",
    "Fix a crash of the {} on empty input",
    "Rename a variable of the {}, more readable now",
    "Sanitize what the {} gets from users",
    "Give the {} another colour",
    "Исправлена ошибка в модуле {} при закрытии",
)
_WORDS = "parser worker cache pool socket buffer scheduler router".split()  # noqa: SIM905


def recipe(folder: Path, commits: int = 240) -> str:
    """A repository of files that are edited over and over, and the recipe that works on it."""
    chance = random.Random(3)
    history = History()
    lines = {number: [f"{chance.choice(_WORDS)}_{n} = {n}" for n in range(30)] for number in range(40)}
    history.commit(*(Put(b"f%d.py" % number, "\n".join(text).encode()) for number, text in lines.items()))
    for number in range(commits):
        file = chance.randrange(40)
        for _ in range(chance.choice((1, 2, 25))):
            lines[file][chance.randrange(30)] = f"{chance.choice(_WORDS)} = call({chance.randrange(10**6)})"
        message = chance.choice(_MESSAGES).format(chance.choice(_WORDS)) + f" ({number})"
        history.commit(Put(b"f%d.py" % file, "\n".join(lines[file]).encode()), message=message.encode())
    history.write(folder / "repository")
    return f"""
stages:
  - mine: {{repositories: {{o/r: {folder}/repository}}}}
  - languages: {{}}
  - deduplicate: {{match: all}}
  - clean: {{tokens: {{columns: [old, new]}}, trees: {{columns: [new], shallowest: 3}}, prose: {{}}}}
  - aspects: {{classifier: {{kind: hashing, least: 10}}}}
"""


def test_any_number_of_workers_and_nothing_done_twice(tmp_path: Path) -> None:
    text = recipe(tmp_path)
    one = built(text, tmp_path / "one")
    two = built(text, tmp_path / "two", workers=2)
    assert {name: manifest["hash"] for name, manifest in one.items()} == {
        name: made["hash"] for name, made in two.items()
    }
    assert set(reasons(tmp_path / "one" / "deduplicate").values()) == {"near_duplicate"}
    assert set(reasons(tmp_path / "one" / "clean").values()) == {"another_language"}
    assert "no_term" in set(reasons(tmp_path / "one" / "aspects").values())
    kept = rows(tmp_path / "one" / "aspects")
    assert {row["aspect"] for row in kept} >= {"Functional_Correctness", "Runtime_Efficiency", "Security_Hardness"}
    assert {"old_cluster", "new_depth", "message_prose", "aspect_terms"} <= kept[0].keys()
    begun = time.process_time()
    again = built(text, tmp_path / "one")
    assert time.process_time() - begun < 2
    assert {name: manifest["hash"] for name, manifest in again.items()} == {
        name: made["hash"] for name, made in one.items()
    }


@pytest.mark.slow
def test_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe(tmp_path), encoding="utf-8")
    helper = tmp_path / "site" / "small_text_parts.py"  # shards of a few rows: a kill has something to meet
    helper.parent.mkdir()
    helper.write_text("from crb_builders.stages import mine\nmine.ROWS = 40\nmine._PIECE_ROWS = 20\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(helper.parent), os.environ.get("PYTHONPATH", "")]))
    modules = ["small_text_parts", "rensa", "tree_sitter", "py3langid", "scipy.optimize", "crb_builders.terms.hashing"]
    assert survives_kills(path, tmp_path / "builds", kills=15, modules=modules) == 15
