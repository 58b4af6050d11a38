"""The measurements of docs/performance.md in one go: one process after the other, each with the load it began under.

    python benchmarks/one_go.py [--data ../shared] [--only trainer builders] [--out build/measured]

Figures that were taken on different days, beside different work, cannot stand in one table. This runs all that needs
neither a GPU nor a model from elsewhere, keeps what each printed, and goes on where one fails; its exit status says
whether any did. What needs data that is not there is named and left out. Scripts that are no part of it say why in
`APART`; a test holds the two lists to the folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


@dataclass(frozen=True, slots=True)
class Measurement:
    """A script, its arguments (`{data}`: the folder of local data), the parts of that folder which it needs, and the
    variables that it runs under."""

    name: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def script(self) -> Path:
        return HERE / f"{self.name.partition(' ')[0]}.py"


MEASUREMENTS = (
    Measurement("commands", ("--json",)),
    Measurement("paired_statistics", ("--json",)),
    Measurement("interval_coverage", ("--json",)),
    Measurement("builders", ("--json",)),
    Measurement("tree_bytes", ()),
    Measurement("overlap", ("--texts", "{data}/real", "--json"), ("real",)),
    Measurement("reranking", ("--questions", "24", "--json"), ("real",)),
    Measurement("prefix_sharing", ("--repeats", "7", "--json")),
    # Two threads wait for each other on matrices this small, in both loops.
    Measurement("trainer tiny", ("--pairs", "8", "--json"), ("real",), (("OMP_NUM_THREADS", "1"),)),
    Measurement(
        "trainer smollm2",
        ("--model", "smollm2", "--pairs", "6", "--batch", "3", "--max-length", "512", "--json"),
        ("real",),
    ),
    Measurement("coreset", ("{data}/themis-runs", "--dry-run"), ("themis-runs",)),
    Measurement("scalar_engine bfloat16", ("--pairs", "12", "--dtype", "bfloat16", "--json"), ("real",)),
    Measurement("scalar_engine float32", ("--json",), ("real",)),
)
APART = {
    "builder_data": "draws what builders.py measures on",
    "builder_mining": "measures a repository of your own",
    "judges": "needs vLLM and a model folder",
    "one_go": "this",
    "other_benchmarks": "scores whole benchmarks: accuracies, not speed",
    "real_pairs": "scores every local pair: accuracies, not speed",
    "terms": "needs histories of your own; what a stage is worth, not speed",
    "vllm_batches": "needs vLLM and a model folder",
}


def run(measurement: Measurement, data: Path, out: Path) -> bool:
    """Measure, keep what was printed in `out`, and say how it went.

    Returns:
        Whether the script ended well.
    """
    arguments = [argument.format(data=data) for argument in measurement.arguments]
    variables = [f"{name}={value}" for name, value in measurement.environment]
    said = " ".join([*variables, "python", str(measurement.script.relative_to(ROOT)), *arguments])
    environment = os.environ | dict(measurement.environment)
    load, before = os.getloadavg()[0], time.monotonic()
    with (out / f"{measurement.name.replace(' ', '-')}.txt").open("w", encoding="utf-8") as printed:
        printed.write(f"$ {said}\n")
        printed.flush()
        command = [sys.executable, measurement.script, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=printed, check=False)
    state = "ended well" if done.returncode == 0 else f"FAILED ({done.returncode})"
    print(f"{said}: {state} after {time.monotonic() - before:.0f} s, at load {load:.1f}", flush=True)
    return done.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = sorted({measurement.script.stem for measurement in MEASUREMENTS})
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared", help="real pairs and published runs")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="SCRIPT")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "measured")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    failed = []
    for measurement in MEASUREMENTS:
        if measurement.script.stem not in options.only:
            continue
        lacking = [part for part in measurement.needs if not (options.data / part).is_dir()]
        if lacking:
            print(f"{measurement.name}: left out, there is no {options.data / lacking[0]}")
        elif not run(measurement, options.data, options.out):
            failed.append(measurement.name)
    print(f"What each printed: {options.out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
