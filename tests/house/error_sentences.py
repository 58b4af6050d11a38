"""Every sentence that an error of `crb` begins with, read from the code, and the page that lists them.

    python tests/house/error_sentences.py

writes docs/all-errors.md anew. A sentence is what stands first in `CrbError(...)` or one of its kind; what differs from
case to case is `...`. One that is put together elsewhere is followed to where it is written: through names of the same
function, and through the helpers of the same file. Where that leads nowhere it is the sentence of another error, or of
a library, and the page says which place passes it on.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "all-errors.md"
FAMILY = ("CrbError", "DataError", "UsageError", "ModelError", "MissingPackageError", "unknown_name")
SOURCES = (
    "crb",
    "adapters/crb_adapters",
    "builders/crb_builders",
    "trainers/crb_trainers",
    "leaderboard_app/crb_leaderboard",
)
HEAD = """# All errors

Every sentence that an error of `crb` begins with, {count} of them, by the part that says it, with its next step. `...`
stands for what differs from case to case; a dash: the sentence, or the place that it names, shows what to do. Those
that are met most are explained on [errors.md](errors.md). This page is made from the code by
`python tests/house/error_sentences.py`, and a test compares the two.
"""


@dataclass(frozen=True, order=True)
class Sentence:
    """One sentence, the next step beside it, and the part that says it; `text` is empty where another place has it."""

    part: str
    text: str
    todo: str
    place: str = ""


def sentences() -> list[Sentence]:
    """All sentences of the code, each once per part."""
    found: set[Sentence] = set()
    for source in SOURCES:
        for file in sorted((ROOT / source).rglob("*.py")):
            found.update(_of_file(file))
    return sorted(found)


def _of_file(file: Path) -> Iterator[Sentence]:
    relative = file.relative_to(ROOT)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    below = [part for part in relative.parts if part not in ("adapters", "builders", "trainers", "leaderboard_app")]
    part = f"{below[0]}.{Path(below[1]).stem}" if below[0] == "crb" else below[0]
    for inside, call in _calls(tree, FAMILY):
        if not call.args:
            continue
        todo = next((keyword.value for keyword in call.keywords if keyword.arg == "todo"), None)
        steps = " or ".join(sorted(_texts(todo, inside, tree))) if todo is not None else ""
        for text, step in _worded(call, inside, tree, steps) or [("", "")]:
            yield Sentence(part, text, step, "" if text else str(relative))


def _worded(call: ast.Call, inside: ast.AST, tree: ast.Module, steps: str) -> list[tuple[str, str]]:
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    texts = sorted(_texts(call.args[0], inside, tree))
    if kind == "unknown_name":
        return [(f"unknown {text} ...", steps or "take one of the names that the error lists") for text in texts]
    if kind == "MissingPackageError":
        given = {keyword.arg: " or ".join(sorted(_texts(keyword.value, inside, tree))) for keyword in call.keywords}
        extra, other = given.get("extra", ""), given.get("otherwise", "")
        wanted = f"'code-reward-bench[{extra}]'" if extra else "..."
        step = f"pip install {wanted}{', or ' if other else ''}{other}"
        return [
            (f"the package {text or '...'} is needed {given.get('why', '...')} ...", step) for text in texts or [""]
        ]
    return [(text, steps) for text in texts if re.search(r"[a-z]{3}", text)]  # else others' words between signs


def _calls(tree: ast.Module, names: tuple[str, ...]) -> Iterator[tuple[ast.AST, ast.Call]]:
    """(the function around it, call) of every call of one of these names."""
    inside: dict[ast.AST, ast.AST] = {}
    for outer in ast.walk(tree):  # outer functions come first, so that the innermost one is kept
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            inside.update(dict.fromkeys(ast.walk(outer), outer))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield inside.get(node, tree), node


def _texts(node: ast.expr, inside: ast.AST, tree: ast.Module, depth: int = 0) -> set[str]:
    """What an expression may say; nothing where it is put together elsewhere."""
    if depth > 4:
        return set()
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) and node.value else set()
    if isinstance(node, ast.JoinedStr):
        pieces = (str(piece.value) if isinstance(piece, ast.Constant) else "..." for piece in node.values)
        return {"".join(pieces)}
    if isinstance(node, ast.IfExp):
        return _texts(node.body, inside, tree, depth + 1) | _texts(node.orelse, inside, tree, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = _texts(node.left, inside, tree, depth + 1)
        right = _texts(node.right, inside, tree, depth + 1) or {"..."}
        return {f"{one}{other}" for one in left for other in right}
    if isinstance(node, ast.Name):
        return _named(node.id, inside, tree, depth + 1)
    return set()


def _named(name: str, inside: ast.AST, tree: ast.Module, depth: int) -> set[str]:
    """What a name may stand for: assigned in the function or in the file, or given to the function by its callers."""
    found: set[str] = set()
    for scope in (inside, tree):
        body = ast.walk(scope) if scope is inside else iter(tree.body)
        for node in body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                value = node.value if isinstance(node, ast.Assign) else None
                if isinstance(target, ast.Name) and target.id == name and value is not None:
                    found |= _texts(value, inside, tree, depth)
                elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    for one, given in zip(target.elts, value.elts, strict=False):
                        if isinstance(one, ast.Name) and one.id == name:
                            found |= _texts(given, inside, tree, depth)
    if isinstance(inside, ast.FunctionDef | ast.AsyncFunctionDef):
        names = [argument.arg for argument in inside.args.args if argument.arg not in ("self", "cls")]
        if name in names:
            for outer, call in _calls(tree, (inside.name,)):
                at = names.index(name)
                given = call.args[at] if at < len(call.args) else None
                given = given or next((word.value for word in call.keywords if word.arg == name), None)
                if given is not None:
                    found |= _texts(given, outer, tree, depth)
    return found


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
