"""Make crb-tiny from nothing but this repository, git histories and real pairs, and say honestly how good it is.

    python adapters/crb_tiny/make_model.py --histories PATH... [--real ../shared/real] [--out built/crb-tiny]

Histories -> `crb build example` -> pairs; with the real pairs -> three parts that share nothing (tiny_pairs.py) ->
`crb train` on the training part, once as adapters (lora.yaml) and once as a head alone (head.yaml) -> scores of the
other parts by the core's engine -> tables with intervals, against the longer response and against today's head made
from the same training pairs -> a verdict by a rule fixed beforehand -> a run on crb-mini and its entry.

Stopped at any moment, the same command goes on. Under three hours on two quiet cores; `--miniature` takes two minutes
and says nothing about the model. Nothing that ships is touched.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tiny_pairs
from crb_adapters.smollm2 import backbone_folder
from crb_trainers.checkpoints.export import ABOUT
from crb_trainers.recipe import read_recipe
from crb_trainers.studies.making import train
from tiny_pairs import HELD, TRAIN, UNSEEN_PART, Pair
from tiny_report import CANDIDATES, report
from tiny_scores import head_of_today, longer_response, model_scores

import crb
from crb.benchmarks import load_benchmark
from crb.errors import CrbError
from crb.files import read_json, write_json
from crb.overlap.measure import measure
from crb.overlap.trainset import open_trainset
from crb.results.adding import add_runs

HERE = Path(__file__).resolve().parent
REAL = HERE.parents[2] / "shared" / "real"
LAYERS = 6
NAME = "crb-tiny"
BUILT, BUILT_MINIATURE = Path("built/crb-tiny"), Path("built/crb-tiny-miniature")
MINIATURE = ("model.dtype=float32", "data.max_length=1024", "batch.pairs=4", "max_steps=3", "epochs=8")
MINIATURE_PAIRS = 6
"""Of each source, the shortest."""


def build(histories: Sequence[str], out: Path) -> list[Pair]:
    """The pairs that the builders make of histories: paths, or OWNER/NAME=PATH for those that do not tell theirs."""
    if not histories:
        return []
    parted = [text.rpartition("=") for text in histories]
    paths = [str(Path(path).resolve()) for _, _, path in parted]
    names = [name for name, _, _ in parted if name]
    if names and len(names) < len(paths):
        raise CrbError("some histories have a name and some none", where="--histories", todo="name all or none")
    named = json.dumps(dict(zip(names, paths, strict=True)) if names else paths)
    command = [sys.executable, "-m", "crb", "build", "example", "--out", str(out), "--json"]
    for stage in ("mine", "pull_requests"):
        command += ["--set", f"{stage}.repositories={named}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise CrbError("the builders stopped; their message stands above", todo="mend it and run the same again")
    return tiny_pairs.built_pairs(out)


def split(pairs: Sequence[Pair], out: Path, max_length: int) -> tuple[list[Pair], dict[str, str]]:
    """The pairs in use with their parts, written to three files; tells what was left out and why.

    Training pairs longer than `max_length` tokens are left out. So are held-out pairs with a response of which half
    the 13-grams stand in the training part: the groups should leave none, and this says so by measuring.
    """
    from crb_trainers.data.tokenisation import PairTokeniser
    from transformers import AutoTokenizer

    part = tiny_pairs.parts(pairs)
    tokeniser = PairTokeniser(AutoTokenizer.from_pretrained(backbone_folder(LAYERS)))
    long = {
        pair.id
        for pair in pairs
        if part.get(pair.id) == TRAIN and isinstance(tokeniser.pair(_as_text(pair), max_length, "drop"), str)
    }
    used = [pair for pair in pairs if pair.id in part and pair.id not in long]
    told: dict[str, Any] = {"read": len(pairs), "training_pairs_too_long": len(long), "parts": {}}
    file = out / f"{TRAIN}.jsonl"
    tiny_pairs.write_pairs((pair for pair in used if part[pair.id] == TRAIN), file)
    for name in (HELD, UNSEEN_PART):
        theirs = [pair for pair in used if part[pair.id] == name]
        tiny_pairs.write_pairs(theirs, out / f"{name}.jsonl")
        found = measure(load_benchmark(out / f"{name}.jsonl"), open_trainset(file))
        copied = {one.id for one in found.summary.flagged if max(one.chosen or 0, one.rejected or 0) >= 0.5}
        used = [pair for pair in used if pair.id not in copied]
        tiny_pairs.write_pairs((pair for pair in theirs if pair.id not in copied), out / f"{name}.jsonl")
        told["parts"][name] = {
            "pairs": len(theirs) - len(copied),
            "left_out_as_near_copies": len(copied),
            "items_with_any_13_gram_in_training": found.summary.items_touched,
        }
    training = [pair for pair in used if part[pair.id] == TRAIN]
    told["parts"][TRAIN] = {"pairs": len(training), "sources": dict(Counter(pair.subset for pair in training))}
    write_json(out / "split.json", told)
    return used, {pair.id: part[pair.id] for pair in used}


class _as_text:  # noqa: N801  # a view of a pair, not a thing of its own
    """A pair as the tokeniser reads it."""

    def __init__(self, pair: Pair) -> None:
        self.id, self.system, self.prompt = pair.id, None, pair.prompt
        self.chosen, self.rejected = pair.chosen, pair.rejected


def recipe_of(name: str, out: Path, miniature: bool) -> Any:
    """A candidate's recipe, with the model's folder and the training part."""
    overrides = [
        f"model.name={json.dumps(str(backbone_folder(LAYERS)))}",
        f"data.sources.0.path={json.dumps(str(out / 'pairs' / f'{TRAIN}.jsonl'))}",
    ]
    return read_recipe(str(HERE / f"{name}.yaml"), [*overrides, *(MINIATURE if miniature else ())])


def smaller(pairs: Sequence[Pair]) -> list[Pair]:
    """The shortest pairs of each source."""
    kept: Counter[str] = Counter()
    chosen = []
    for pair in sorted(pairs, key=lambda pair: (len(pair.prompt) + len(pair.chosen) + len(pair.rejected), pair.id)):
        kept[pair.subset] += 1
        if kept[pair.subset] <= MINIATURE_PAIRS:
            chosen.append(pair)
    return chosen


def named_copy(model: Path, copy: Path) -> None:
    """A model under the name that its entry shall have, which is its folder's; one that is there must be this one."""
    if not copy.is_dir():
        shutil.copytree(model, copy)
    elif read_json(copy / ABOUT) != read_json(model / ABOUT):
        raise CrbError(
            "the folder holds another model than the one that would ship now",
            where=f"folder {copy}",
            todo="remove it, or give --out another folder",
        )


def make(histories: Sequence[str], real: Path, out: Path, results: Path, *, miniature: bool) -> dict[str, Any]:
    """All of it; what report.json holds."""
    begun = time.monotonic()
    out = out.resolve()
    pairs = tiny_pairs.distinct([*tiny_pairs.real_pairs(real), *build(histories, out / "histories")])
    pairs = smaller(pairs) if miniature else pairs
    limit = recipe_of(CANDIDATES[0], out, miniature).data.max_length
    used, part = split(pairs, out / "pairs", limit)
    measured = [pair for pair in used if part[pair.id] != TRAIN]
    scores = {
        "head of today": head_of_today(used, part, out / "features.npz"),
        "longer response": longer_response(measured),
    }
    folders = {}
    for name in CANDIDATES:
        folders[name] = train(recipe_of(name, out, miniature), out / name / "training")
        frames = [
            model_scores(folders[name], out / "pairs" / f"{side}.jsonl", out / name / side)
            for side in (HELD, UNSEEN_PART)
        ]
        scores[name] = pd.concat(frames).loc[scores["longer response"].index]
    document = report(scores, part, tiny_pairs.groups(used), out)
    ships = document["verdict"]["ships"]
    if ships is not None:
        named_copy(folders[ships], out / NAME)
    run = crb.evaluate(NAME if ships is None else str(out / NAME), "crb-mini", out=out / f"crb-mini-{ships or 'today'}")
    added = add_runs(results, [run], replace=True)
    document |= {
        "split": read_json(out / "pairs" / "split.json"),
        "entries": [f"{entry.model.name} on {entry.benchmark.name}" for entry in added.entries],
        "miniature": miniature,
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "cores": os.cpu_count(),
    }
    write_json(out / "report.json", document)
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", nargs="*", default=(), help="git repositories: PATH, or OWNER/NAME=PATH")
    parser.add_argument("--real", type=Path, default=REAL, help="JSONL files in the benchmark's columns")
    parser.add_argument("--out", type=Path, help=f"by default {BUILT}, of a miniature {BUILT_MINIATURE}")
    parser.add_argument("--results", type=Path, help="where the entry goes; by default OUT/results")
    parser.add_argument("--miniature", action="store_true", help="a few pairs and steps: does everything run?")
    arguments = parser.parse_args()
    out = arguments.out or (BUILT_MINIATURE if arguments.miniature else BUILT)
    results = arguments.results or out / "results"
    try:
        document = make(arguments.histories, arguments.real, out, results, miniature=arguments.miniature)
    except CrbError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    print((out / "report.md").read_text(encoding="utf-8"))
    print(f"{document['minutes']} minutes on {document['cores']} cores; all of it in {out}")


if __name__ == "__main__":
    main()
