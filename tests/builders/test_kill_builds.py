"""Kill -9 in the frame and in the stages that read git; the other stages' tests do the same for theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builder_rows import built
from histories import History, Put
from killing import survives_kills

pytestmark = pytest.mark.slow


def test_the_frame_survives_kills(toys: Path, tmp_path: Path) -> None:
    slow = toys.read_text(encoding="utf-8").replace("toy-letters: {}", "toy-letters: {pause: 0.004}")
    slow = slow.replace("toy-short: {}", "toy-short: {pause: 0.004}").replace(
        "toy-rank: {}", "toy-rank: {pause: 0.004}"
    )
    toys.write_text(slow, encoding="utf-8")
    assert survives_kills(toys, tmp_path / "builds", kills=25) == 25


def test_workers_end_with_their_build(toys: Path, tmp_path: Path) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("needs /proc to see a process's children")
    slow = toys.read_text(encoding="utf-8").replace("toy-letters: {}", "toy-letters: {pause: 0.5}")
    toys.write_text(slow, encoding="utf-8")
    command = [sys.executable, "-m", "crb", "build", str(toys), "--out", str(tmp_path / "out"), "--workers", "2"]
    build = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert within(60, lambda: bool(list((tmp_path / "out").glob("toy-letters/records/*.json"))))
        children = Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text().split()
        workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(workers) == 2
    finally:
        build.kill()
        build.wait()
    assert within(20, lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers))
    assert hashes(tmp_path / "again", toys) == hashes(tmp_path / "out", toys)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def hashes(out: Path, recipe: Path) -> list[str]:
    from crb_builders.recipe import read_recipe
    from crb_builders.run import build

    return [manifest["hash"] for manifest in build(read_recipe(str(recipe)), out)]


def test_mining_survives_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        history = History()
        history.commit(*(Put(b"f%d.py" % number, b"x = 0\n") for number in range(5)))
        for number in range(300):
            history.commit(
                Put(b"f%d.py" % (number % 5), b"x = %d\n" % number * 20),
                message=b"give x the value of %d (#%d)" % (number, number),
            )
        history.write(tmp_path / "remotes" / "o" / name)
        config = tmp_path / "remotes" / "o" / name / "config"
        config.write_text(config.read_text() + "[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")
    (tmp_path / "list.json").write_text('["o/one", "o/two"]')
    mining = f"mine: {{repositories: {{o/one: {tmp_path}/remotes/o/one, o/two: {tmp_path}/remotes/o/two}}}}"
    # mined metadata without contents, as an export has it
    built(f"stages: [{{{mining}}}]", tmp_path / "first")
    import pyarrow.parquet as pq

    export = []
    for number, path in enumerate(sorted((tmp_path / "first" / "mine" / "shards").glob("*.parquet"))):
        table = pq.read_table(path).drop_columns(["old", "new", "id"])
        names = [[name] for name in table["repository"].to_pylist()]
        import pyarrow as pa

        pq.write_table(
            table.drop_columns(["repository"]).append_column("repositories", pa.array(names)),
            tmp_path / f"export{number}.parquet",
        )
        export.append(str(tmp_path / f"export{number}.parquet"))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"""
stages:
  - {mining}
  - repositories: {{lists: [{tmp_path}/list.json]}}
  - languages: {{}}
  - pull_requests: {{repositories: {{o/one: {tmp_path}/remotes/o/one}}}}
  - mine_bigquery: {{export: [{", ".join(export)}]}}
    from: []
  - retrieve: {{address: "file://{tmp_path}/remotes/{{repository}}"}}
""",
        encoding="utf-8",
    )
    helper = tmp_path / "site" / "small_parts.py"  # shards of a few rows: a kill has something to meet
    helper.parent.mkdir()
    helper.write_text(
        "from crb_builders.stages import mine, mine_bigquery, retrieve\n"
        "mine.ROWS = 60\nmine._PIECE_ROWS = 20\nmine_bigquery.ROWS = 60\nretrieve.ROWS = 100\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(helper.parent), os.environ.get("PYTHONPATH", "")]))
    assert survives_kills(recipe, tmp_path / "builds", kills=14, modules=["small_parts"]) == 14
