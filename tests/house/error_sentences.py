"""Every sentence that an error of `crb` begins with, read from the code, and the page that lists them.

    python tests/house/error_sentences.py

writes docs/all-errors.md anew. A sentence is what stands first in `CrbError(...)` or one of its kind; what differs from
case to case is `...`. One that is put together elsewhere is followed to where it is written (error_reading.py). Where
that leads nowhere it is the sentence of another error, or of a library, and the page says which place passes it on.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from error_reading import Code, Scope

from crb.errors import TAKE_ONE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "all-errors.md"
FAMILY_FILE = ROOT / "crb" / "errors.py"  # where they are made, not said
PLAIN = ("CrbError", "DataError", "UsageError", "ModelError")
FAMILY = (*PLAIN, "MissingPackageError", "unknown_name")
SOURCES = (
    "crb",
    "adapters/crb_adapters",
    "builders/crb_builders",
    "trainers/crb_trainers",
    "leaderboard_app/crb_leaderboard",
)
HEAD = """# All errors

Every sentence that an error of `crb` begins with, {count} of them, by the part that says it, with its next step. `...`
stands for what differs from case to case, and of several next steps with `; or` between them the error has the one that
fits. Those that are met most are explained on [errors.md](errors.md). This page is made from the code by
`python tests/house/error_sentences.py`; a test compares the two, and has no error without a next step.
"""


@dataclass(frozen=True, order=True)
class Sentence:
    """One sentence, the next step beside it, and the part that says it; `text` is empty where another place has it."""

    part: str
    text: str
    todo: str
    place: str = ""


@functools.cache
def sentences() -> list[Sentence]:
    """All sentences of the code, each once per part and next step."""
    code = Code(file for source in SOURCES for file in sorted((ROOT / source).rglob("*.py")) if file != FAMILY_FILE)
    return sorted({sentence for file in code.trees for sentence in _of_file(code, file)})


def _of_file(code: Code, file: Path) -> Iterator[Sentence]:
    relative = file.relative_to(ROOT)
    below = [part for part in relative.parts if part not in ("adapters", "builders", "trainers", "leaderboard_app")]
    part = f"{below[0]}.{Path(below[1]).stem}" if below[0] == "crb" else below[0]
    for scope, call in code.calls(code.trees[file], FAMILY):
        if call.args:
            for text, step in worded(code, scope, call) or [("", "")]:
                yield Sentence(part, text, step, "" if text else str(relative))


def worded(code: Code, scope: Scope, call: ast.Call) -> list[tuple[str, str]]:
    """(sentence, next step) of a call, for each way to put it."""
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    said = {word.arg: "; or ".join(sorted(code.texts(word.value, scope))) for word in call.keywords}
    texts, steps = sorted(code.texts(call.args[0], scope)), said.get("todo", "")
    if kind == "unknown_name":
        return [(f"unknown {text} ...", steps or TAKE_ONE) for text in texts]
    if kind == "MissingPackageError":
        extra, other = said.get("extra", ""), said.get("otherwise", "")
        wanted = f"'code-reward-bench[{extra}]'" if extra else "..."
        step = f"pip install {wanted}{', or ' if other else ''}{other}"
        package = texts[0] if len(texts) == 1 else "..."
        return [(f"the package {package} is needed {said.get('why') or '...'} ...", step)]
    return [(text, steps) for text in texts if re.search(r"[a-z]{3}", text)]  # else others' words between signs


def without_a_step() -> list[str]:
    """FILE:LINE of every error that is made without saying what to do next, whatever it says."""
    told = []
    for source in SOURCES:
        for file in sorted((ROOT / source).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLAIN:
                    given = {word.arg: word.value for word in node.keywords}
                    step = given.get("todo")
                    if step is None or (isinstance(step, ast.Constant) and not step.value):
                        told.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    return told


def page() -> str:
    """The page, as it ought to be."""
    parts: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences():
        parts[sentence.part].append(sentence)
    lines = [HEAD.format(count=len({one.text for every in parts.values() for one in every if one.text}))]
    for part, every in parts.items():
        told = [one for one in every if one.text]
        if told:
            rows = [f"| `{_cell(one.text)}` | {_cell(one.todo) or '-'} |" for one in told]
            lines += [f"## {part}\n", "| message | next step |", "|---|---|", *rows, ""]
        if others := sorted({one.place for one in every if one.place}):
            lines += [
                f"Words of another error or of a library are passed on by {', '.join(f'`{it}`' for it in others)}.\n"
            ]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    flat = re.sub(r"\s+", " ", text).strip().replace("`", "'")
    return flat.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
