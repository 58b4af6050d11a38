"""Mutations of JSON documents and of files: what a careless or a hostile hand does to them."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

HOSTILE = [
    "<script>alert(1)</script>",
    "a</td><td>b",
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\boot.ini",
    "C:\\boot.ini",
    "~/.ssh/id_rsa",
    "bell \x07",
    "\x1b[31mred",
    "line\nbreak",
    "null \x00 byte",
    "right\u202eto left",
    "isolate \u2066 x",
    "zero\u200bwidth",
    "half a pair \ud800",
    "javascript:alert(1)",
    "x" * 5000,
    "",
]
WRONG = [
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    10**9,
    10**16,
    10**400,
    -0.5,
    0.5,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
]
Path = tuple[str | int, ...]


def paths(document: Any, here: Path = ()) -> list[Path]:
    """Every place in a JSON value, the outermost first."""
    found = [here]
    if isinstance(document, dict):
        for key, value in document.items():
            found += paths(value, (*here, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            found += paths(value, (*here, number))
    return found


def at(document: Any, path: Path) -> Any:
    """The value at a place."""
    for step in path:
        document = document[step]
    return document


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> tuple[bytes, Path, str]:
    """The bytes of a mutated document, the place that was changed and what was done there."""
    places = [path for path in paths(document) if path]
    found = copy.deepcopy(document)
    # Where there are many cells, every place alike would mutate nothing else: first a depth, then a place.
    depth = draw(st.sampled_from(sorted({len(path) for path in places})))
    path = draw(st.sampled_from([path for path in places if len(path) == depth]))
    parent, last = at(found, path[:-1]), path[-1]
    kind = draw(
        st.sampled_from(["wrong", "hostile", "remove", "number", "swap", "twice", "add", "key", "cut", "bytes"])
    )
    if kind == "wrong":
        parent[last] = draw(st.sampled_from(WRONG))
    elif kind == "hostile":
        parent[last] = draw(st.sampled_from(HOSTILE))
    elif kind == "remove":
        del parent[last]
    elif kind == "number" and (numbers := [p for p in places if type(at(document, p)) in (int, float)]):
        path = draw(st.sampled_from(numbers))
        at(found, path[:-1])[path[-1]] = draw(st.integers(-5, 200)) + (at(found, path) if draw(st.booleans()) else 0)
    elif kind == "swap":
        other = draw(st.sampled_from([p for p in places if len(p) == depth]))
        value, second = copy.deepcopy(at(document, path)), copy.deepcopy(at(document, other))
        parent[last] = second
        at(found, other[:-1])[other[-1]] = value
    elif kind == "twice" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[last]))
    elif kind in ("add", "key", "twice", "number"):
        target = next((one for one in (parent, found) if isinstance(one, dict)), {})
        name = draw(st.sampled_from(["extra", *HOSTILE[:-1]]))
        if kind == "key" and isinstance(parent, dict):
            parent[name] = parent.pop(last)
        else:
            target[name] = draw(st.sampled_from([1, "text", None]))
    content = json.dumps(found).encode()
    if kind == "cut":
        content = content[: draw(st.integers(0, len(content) - 1))]
    elif kind == "bytes":
        place = draw(st.integers(0, len(content) - 1))
        content = content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    return content, path, kind
