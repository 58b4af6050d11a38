"""Kill -9 at random moments: a build that was killed and resumed has the same hashes, and lost at most one part a kill.

For every stage, by its own test: write a recipe whose stages have several parts, then `survives_kills(recipe, folder)`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

DRIVER = Path(__file__).with_name("kill_build.py")


def survives_kills(
    recipe: Path,
    folder: Path,
    *,
    kills: int = 20,
    seed: int = 1,
    modules: Sequence[str] = (),
    path: Sequence[Path] = (),
) -> int:
    """Assert that a recipe, built again and again and killed `kills` times in all, comes out the same.

    Returns how many kills it survived.

    Args:
        recipe: the recipe's file.
        folder: where builds may lie; new.
        kills: how many.
        seed: of the moments.
        modules: imported before the first start, so that kills meet work and not imports.
        path: further folders for `sys.path`, for stages of a fake distribution.
    """
    search = os.pathsep.join([*map(str, path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(recipe), str(folder), str(kills), str(seed), *modules],
        env=os.environ | {"PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["hashes"]
    for one in told["rounds"]:
        assert one["hashes"] == told["hashes"]
        assert one["parts"] <= told["parts"] + one["kills"], "a kill cost more than one part"
        assert one["left"] == [], "half-written files stay"
    return sum(one["kills"] for one in told["rounds"])
