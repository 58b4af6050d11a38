"""`crb` in a process where some packages cannot be found, as if they were not installed. One start, many commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# The finder is changed, not sys.modules: a name that stands for None there is taken for a module by scipy.
_PROGRAM = """
import contextlib, io, json, sys, traceback
blocked, commands = json.load(sys.stdin)
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = staticmethod(lambda name, *more: None if name in blocked else find(name, *more))
from crb.cli import main
done = []
for command in commands:
    sys.argv = ["crb", *command]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        except BaseException:
            code = -1
            traceback.print_exc()
    done.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(done))
"""


@dataclass(frozen=True)
class Told:
    """What a command left; a code of -1 is a traceback."""

    code: int
    out: str
    err: str


def run_without(packages: Sequence[str], *commands: Sequence[str | Path], cwd: Path) -> list[Told]:
    """Run commands, one after the other, in a process that cannot find these packages.

    Args:
        packages: import names.
        commands: the words behind `crb`.
        cwd: where they run.
    """
    given = json.dumps([list(packages), [[str(word) for word in command] for command in commands]])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], input=given, cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return [Told(*one) for one in json.loads(done.stdout)]
