"""Make the coreset of the benchmark `crb` from published runs, and say how far off its predictions are.

    python benchmarks/coreset.py ../shared/themis-runs [--size 500] [--dry-run]

Writes crb/coreset/lite.json, and docs/coreset-held-out.csv: for every run, predicted and true strict accuracies by
coresets that were made without it, and by coresets that were made without its whole family. Prints the table of
docs/coreset.md. Equal runs give equal files. With --dry-run nothing is written, to see what another size would reach.
One to two minutes on a quiet core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from crb.coreset.document import FILE
from crb.coreset.making import SIZE, HeldOut, Material, covered, errors, hold_out, make, widths
from crb.files import write_bytes
from crb.results.identity import CRB, CRB_PAIRS
from crb.results.themis.pairs import Reference
from crb.results.themis.reading import SCORES, ThemisModel, read_pairs
from crb.statistics.grouping import GROUPS
from crb.statistics.matrix import outcome_matrix
from crb.statistics.paired import RIGHT

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "crb" / "coreset" / FILE
HELD_OUT = ROOT / "docs" / "coreset-held-out.csv"
FAMILIES = {
    "AceCodeRM": "AceCodeRM",
    "AceMath": "Qwen2.5-Math",
    "ArmoRM": "FsfairX line",
    "Athene": "Athene",
    "CodeScaler": "Skywork-V2-Qwen line",
    "FsfairX": "FsfairX line",
    "GRM": "FsfairX line",
    "INF-ORM": "Llama-3.1 line",
    "Llama-3-OffsetBias": "FsfairX line",
    "Llama-3.1": "Llama-3.1 line",
    "QRM": "QRM, URM, Skywork-Gemma",
    "Qwen2.5-Math": "Qwen2.5-Math",
    "R3": "R3",
    "Skywork-Reward": "QRM, URM, Skywork-Gemma",
    "SkyworkV2": "Skywork-V2-Qwen line",
    "Themis-RM": "Themis-RM",
    "URM": "QRM, URM, Skywork-Gemma",
    "internlm2": "InternLM2",
}
"""By the start of a run's name: sizes and relatives that one maker trained, or one from another, on much the same
data. A run that is not listed is a family of its own."""


def family(name: str) -> str:
    """The family of a run."""
    return next((found for start, found in FAMILIES.items() if name.startswith(start)), name)


def read(folder: Path) -> tuple[list[str], Material]:
    """The runs' names and what the coreset is made from."""
    files = sorted(folder.glob(f"*/{SCORES}"))
    models = [ThemisModel(file.parent, file.parent.name, *read_pairs(file), {}) for file in files]
    reference = Reference(models)
    frames = {model.folder.name: reference.place(model)[0] for model in models}
    pairs = reference.labels[list(GROUPS)]
    right = outcome_matrix(frames) == RIGHT
    first = next(iter(frames.values())).index
    order = np.argsort(first.to_numpy(dtype=str), kind="stable")
    names = list(frames)
    material = Material(CRB, CRB_PAIRS, pairs.loc[first[order]], right[:, order], tuple(family(name) for name in names))
    return names, material


def held_out(names: list[str], material: Material, size: int) -> tuple[HeldOut, pd.DataFrame]:
    """Every run predicted without its family, and a row for each run and criterion with single runs left out too."""
    families = material.families
    whole = hold_out(
        material, [[r for r, of in enumerate(families) if of == one] for one in dict.fromkeys(families)], size
    )
    single = hold_out(material, [[run] for run in range(len(names))], size)
    frames = [
        rows(names, material, left, held, covered(held, whole, families))
        for left, held in (("family", whole), ("run", single))
    ]
    return whole, pd.concat(frames, ignore_index=True)


def rows(names: list[str], material: Material, left_out: str, held: HeldOut, inside: np.ndarray) -> pd.DataFrame:
    """In percent: predicted and true accuracy, and the mean over the coreset, criteria weighted by their pairs."""
    away, _ = errors(held)
    sizes = np.array([part.n for part in held.parts[0]])
    true, mean = (np.column_stack([part, part @ sizes / sizes.sum()]) for part in (held.truth, held.mean))
    groups = [*(name.value for name in material.criteria), "overall"]
    return pd.DataFrame(
        {
            "left_out": left_out,
            "model": np.repeat(names, len(groups)),
            "family": np.repeat(material.families, len(groups)),
            "group": groups * len(names),
            "predicted": np.round(100 * (true + away), 3).ravel(),
            "true": np.round(100 * true, 3).ravel(),
            "mean": np.round(100 * mean, 3).ravel(),
            "in_interval": inside.astype(int).ravel(),
        }
    )


def table(found: pd.DataFrame) -> str:
    """The table of docs/coreset.md: absolute errors in points, by what was left out and by group."""
    lines = [
        "| left out | group | mean error | 95% of models within | within 1.0 | in interval | plain mean's mean error |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for (left_out, group), part in found.groupby(["left_out", "group"], sort=False):
        away, plain = (part[name] - part["true"] for name in ("predicted", "mean"))
        figures = (
            f"{away.abs().mean():.2f}",
            f"{away.abs().quantile(0.95, interpolation='higher'):.2f}",
            f"{(away.abs() <= 1).sum()} of {len(part)}",
            f"{part['in_interval'].sum()} of {len(part)}",
            f"{plain.abs().mean():.2f}",
        )
        lines.append(f"| {left_out} | {str(group).replace('_', ' ')} | {' | '.join(figures)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    names, material = read(arguments.runs)
    whole, found = held_out(names, material, arguments.size)
    print(table(found))
    if arguments.dry_run:
        return
    coreset = make(material, range(len(names)), widths(whole, material.families), arguments.size)
    write_bytes(COMMITTED, coreset.text().encode())
    write_bytes(HELD_OUT, found.to_csv(index=False, lineterminator="\n").encode())
    print(f"wrote {COMMITTED} and {HELD_OUT}")


if __name__ == "__main__":
    main()
