"""What an expression of the code may say as a text, read without running it: for `error_sentences.py`.

A text is followed through names of the same function and file, names that a file imports, loops over written-out
tuples, helpers that return it, and, where a function was given it, through everyone who calls that function. What
differs from case to case is `...`; an expression that leads nowhere says nothing. It reads the forms that this code
uses, not all of Python.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEEPEST = 6


@dataclass(frozen=True)
class Scope:
    """Where an expression stands, and what the function around it was given."""

    tree: ast.Module
    function: Function | None = None
    given: Mapping[str, tuple[ast.expr, Scope]] = field(default_factory=dict)


class Code:
    """All files together, so that a helper's callers are found wherever they are."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
        self._calls: defaultdict[str, list[tuple[Scope, ast.Call]]] = defaultdict(list)
        self._defined: defaultdict[str, list[tuple[ast.Module, Function]]] = defaultdict(list)
        for tree in self.trees.values():
            inside: dict[ast.AST, Function] = {}
            for node in ast.walk(tree):  # outer functions come first, so that the innermost one is kept
                if isinstance(node, Function):
                    inside.update(dict.fromkeys(ast.walk(node), node))
                    self._defined[node.name].append((tree, node))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and (name := _called(node)):
                    self._calls[name].append((Scope(tree, inside.get(node)), node))

    def calls(self, tree: ast.Module, names: Iterable[str]) -> Iterator[tuple[Scope, ast.Call]]:
        """Every call of one of these names in a file, once for each way in which the function around it is called."""
        for name in names:
            for scope, call in self._calls[name]:
                if scope.tree is tree and isinstance(call.func, ast.Name):
                    for called in self.called(scope) or [scope]:
                        yield called, call

    def called(self, scope: Scope) -> list[Scope]:
        """The function of a scope, once for each of its callers with what that one gives; none where none is found."""
        function = scope.function
        if function is None:
            return []
        callers = self._calls[function.name]
        if len(self._defined[function.name]) > 1:
            callers = [(where, call) for where, call in callers if where.tree is scope.tree]
        return [Scope(scope.tree, function, _given(function, call, where)) for where, call in callers]

    def texts(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> set[str]:
        """What an expression may say; nothing where it is put together elsewhere."""
        if depth > _DEEPEST:
            return set()
        match node:
            case ast.Constant(value=str(text)) if text:
                return {text}
            case ast.JoinedStr(values=pieces):
                return {"".join(put) for put in product(*(self._piece(piece, scope, depth) for piece in pieces))}
            case ast.IfExp(body=one, orelse=other) | ast.BoolOp(op=ast.Or(), values=[one, other]):
                return self.texts(one, scope, depth + 1) | self.texts(other, scope, depth + 1)
            case ast.BinOp(op=ast.Add()):
                left = self.texts(node.left, scope, depth + 1)
                right = self.texts(node.right, scope, depth + 1) or {"..."}
                return {f"{one}{other}" for one in left for other in right}
            case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp(elt=one), other]):
                return self.texts(one, scope, depth + 1) | self.texts(other, scope, depth + 1)
            case ast.Call(func=ast.Name(id=name)):
                return self._returned(name, node, scope, depth + 1)
            case ast.Name():
                return self._named(node, scope, depth + 1)
        return set()

    def _piece(self, piece: ast.expr, scope: Scope, depth: int) -> list[str]:
        """What may stand in one place of an f-string: only what the function was given is filled in."""
        if isinstance(piece, ast.Constant):
            return [str(piece.value)]
        match piece:
            case ast.FormattedValue(value=ast.Name(id=name), conversion=-1) if name in scope.given:
                return sorted(self.texts(piece.value, scope, depth + 1)) or ["..."]
        return ["..."]

    def _named(self, use: ast.Name, scope: Scope, depth: int) -> set[str]:
        """What a name may stand for: given to the function, or assigned in it or in the file."""
        name = use.id
        found: set[str] = set()
        if name in scope.given:
            given, where = scope.given[name]
            if isinstance(given, ast.Name) and where.function is not None:  # passed on by a caller that was given it
                for each in self.called(where):
                    found |= self.texts(given, each, depth)
            found |= self.texts(given, where, depth)
        for node in (*_alive(scope.function, use), *scope.tree.body):
            for value in _assigned(node, name, scope.tree):
                found |= self.texts(value, scope, depth)
        for elsewhere, alias in _imported(scope.tree, name):
            for file, tree in self.trees.items():
                if file.as_posix().endswith(f"/{elsewhere.replace('.', '/')}.py"):
                    for value in (value for node in tree.body for value in _assigned(node, alias)):
                        found |= self.texts(value, Scope(tree), depth)
        return found

    def _returned(self, name: str, call: ast.Call, scope: Scope, depth: int) -> set[str]:
        """What a helper of the same file returns."""
        found: set[str] = set()
        for tree, function in self._defined[name]:
            if tree is scope.tree:
                within = Scope(tree, function, _given(function, call, scope))
                for node in ast.walk(function):
                    if isinstance(node, ast.Return):
                        found |= self.texts(node.value, within, depth)
        return found


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _imported(tree: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    """The modules that a name of this file comes from, with what it is called there."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield node.module, alias.name


def _given(function: Function, call: ast.Call, where: Scope) -> dict[str, tuple[ast.expr, Scope]]:
    """Parameter -> what a call gives for it, or its default."""
    names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
    here = Scope(where.tree)
    given: dict[str, tuple[ast.expr, Scope]] = {}
    defaults = function.args.defaults
    for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=False):
        given[name] = (default, here)
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if default is not None:
            given[argument.arg] = (default, here)
    given |= {name: (value, where) for name, value in zip(names, call.args, strict=False)}
    return given | {word.arg: (word.value, where) for word in call.keywords if word.arg}


def _alive(function: Function | None, use: ast.Name) -> list[ast.AST]:
    """The statements that may have given a name the value it has where it is used, and every comprehension."""
    if function is None:
        return []
    comprehensions = [node for node in ast.walk(function) if isinstance(node, ast.comprehension)]
    return [*_last(function.body, use, []), *comprehensions]


def _last(block: list[ast.stmt], use: ast.Name, alive: list[ast.AST]) -> list[ast.AST]:
    for statement in block:
        if statement.lineno > use.lineno:
            break
        if any(True for _ in _assigned(statement, use.id)) and not isinstance(statement, ast.For):
            alive = [statement]
            continue
        if not statement.lineno <= use.lineno <= (statement.end_lineno or 0):
            alive = [*alive, *_survivors(statement)]
            continue
        alive = [*alive, statement]
        for below in _blocks(statement):
            if below[0].lineno <= use.lineno <= (below[-1].end_lineno or 0):
                return _last(below, use, alive)
    return alive


def _survivors(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement may have assigned where the next one begins."""
    yield statement
    for block in _blocks(statement):
        if not isinstance(block[-1], ast.Raise | ast.Return | ast.Continue | ast.Break):
            for below in block:
                yield from _survivors(below)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if below := getattr(statement, name, None):
            yield below
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _assigned(node: ast.AST, name: str, tree: ast.Module | None = None) -> Iterator[ast.expr]:
    """What an assignment gives a name, or a loop over tuples that are written out, here or in the file."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _part(target, value, name)
        case ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over):
            if isinstance(over, ast.Name) and tree is not None:
                over = next((value for one in tree.body for value in _assigned(one, over.id)), over)
            for value in over.elts if isinstance(over, ast.Tuple | ast.List) else ():
                yield from _part(target, value, name)


def _part(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, given in zip(target.elts, value.elts, strict=False):
            yield from _part(one, given, name)
