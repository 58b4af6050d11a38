"""Make the head of `crb-tiny` and say honestly how good it is on pairs it has not seen.

    python adapters/crb_tiny/make_head.py PAIRS_FOLDER [--features CACHE.npz] [--out HEAD.safetensors]

Data: JSONL files of preference pairs in the benchmark's columns (made with ../shared/real, which is not part of this
repository). From each file up to 150 pairs are drawn by hash (80 from mined commits, which are long); `is_training`
is the rule, so anybody can tell which pairs the head has seen. Model: the mean over the response of the hidden
states behind layer `LAYERS`, standardised, and a Bradley-Terry loss -log sigmoid(w.(chosen - rejected)) with a ridge.
Held-out accuracy: five folds in which pairs of one prompt (mined commits: one repository) stay together, and leaving
out whole sources. Extraction takes about 15 minutes on two quiet cores, the rest seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from crb_adapters.crb_tiny import HEAD, LAYERS, CrbTiny
from crb_adapters.smollm2 import backbone_folder
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

from crb.benchmarks import load_benchmark
from crb.benchmarks.base import content_hash
from crb.engines.choice import choose
from crb.engines.forest import build
from crb.engines.forest_engine import ForestEngine
from crb.files import write_bytes
from crb.items import CHOSEN, REJECTED, Item
from crb.requests import scalar_requests

Matrix = npt.NDArray[np.float32]
RIDGE = 0.03
PER_FILE, PER_MINED_FILE = 150, 80
LONGEST, LONGEST_MINED = 12_000, 9_000  # characters of prompt and both responses: keeps extraction short
FOLDS = 5


def number(text: str) -> int:
    """A hash that is the same everywhere."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def training_items(items: Iterable[Item]) -> list[Item]:
    """The pairs of one file that the head is made from, drawn by the hash of their ids."""
    listed = list(items)
    mined = any("MINED" in (item.subset or "") for item in listed)
    longest, most = (LONGEST_MINED, PER_MINED_FILE) if mined else (LONGEST, PER_FILE)
    short = [item for item in listed if len(item.prompt) + sum(len(c.text) for c in item.candidates) < longest]
    return sorted(short, key=lambda item: number(item.id))[:most]


def files(folder: Path) -> list[Path]:
    """The files of a folder that have the benchmark's columns."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            if {"id", "prompt", "chosen", "rejected", "aspect"} <= json.loads(next(lines)).keys():
                found.append(file)
    return found


def group(item: Item) -> int:
    """Pairs of one group never stand on both sides of a split."""
    mined = "MINED" in (item.subset or "")
    return number(item.id.split("@")[0] if mined else item.prompt)


@torch.inference_mode()
def extract(items: Sequence[Item]) -> tuple[Matrix, Matrix]:
    """Mean hidden states of both responses, each (items, hidden_size)."""
    folder = backbone_folder(LAYERS)
    backbone = AutoModel.from_pretrained(folder, dtype=torch.bfloat16).eval()
    backbone.norm = torch.nn.Identity()
    size = backbone.config.hidden_size
    model = CrbTiny(backbone, AutoTokenizer.from_pretrained(folder), torch.zeros(size), torch.zeros(()))
    engine: Any = choose(model, ForestEngine.name).engine
    requests, _ = scalar_requests(model, items, lambda _: None, 8192)
    means: dict[tuple[str, str], Matrix] = {}
    for batch in engine.plan(requests):
        prefix = engine.prefix_for(batch.prefix)
        forest = build([request.tokens.ids[prefix.length :] for request in batch.requests])
        hidden = engine.hidden_states(forest, forest.depths + prefix.length, prefix).float()
        for i, request in enumerate(batch.requests):
            rows = [forest.row(i, position - prefix.length) for position in request.positions]
            means |= dict.fromkeys(request.keys, hidden[rows].mean(dim=0).numpy())
    chosen, rejected = (np.stack([means[item.id, side] for item in items]) for side in (CHOSEN, REJECTED))
    return chosen, rejected


def features(items: Sequence[Item], cache: Path | None) -> tuple[Matrix, Matrix]:
    """What `extract` gives, kept in a file because it takes minutes; made anew of other texts or other layers."""
    key = f"{LAYERS} layers, {content_hash(items)}"
    if cache is not None and (kept := _kept(cache, key)) is not None:
        return kept
    chosen, rejected = extract(items)
    if cache is not None:
        buffer = io.BytesIO()
        np.savez(buffer, key=np.array(key), chosen=chosen, rejected=rejected)
        write_bytes(cache, buffer.getvalue())
    return chosen, rejected


def _kept(cache: Path, key: str) -> tuple[Matrix, Matrix] | None:
    try:
        with np.load(cache) as stored:
            return (stored["chosen"], stored["rejected"]) if str(stored["key"]) == key else None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):  # not there, torn, or of another version
        return None


def fit(differences: Matrix) -> Matrix:
    """The ridge-penalised Bradley-Terry weights of standardised differences (pairs, hidden_size)."""
    x = torch.as_tensor(differences)
    weight = torch.zeros(x.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.softplus(-(x @ weight)).mean() + RIDGE / 2 * weight @ weight
        value.backward()
        return value

    optimiser.step(loss)
    return weight.detach().numpy()


def held_out(differences: Matrix, parts: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which pairs are right when their own part is left out of the fit."""
    right = np.zeros(len(differences), dtype=bool)
    for part in np.unique(parts):
        test = parts == part
        right[test] = differences[test] @ fit(differences[~test]) > 0
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--features", type=Path, help="keep or reuse the extracted features here")
    parser.add_argument("--out", type=Path, default=HEAD)
    arguments = parser.parse_args()
    items = [item for file in files(arguments.pairs) for item in training_items(load_benchmark(file).items)]
    chosen, rejected = features(items, arguments.features)
    scale = np.concatenate([chosen, rejected]).std(axis=0) + 1e-4
    differences = (chosen - rejected) / scale
    folds = np.array([group(item) % FOLDS for item in items])
    sources = np.array([str(item.subset) for item in items])
    criteria = np.array([str(item.criterion) for item in items])
    seen, unseen = held_out(differences, folds), held_out(differences, sources)
    longer = np.array([len(item.candidates[0].text) > len(item.candidates[1].text) for item in items])
    print(f"{'held-out accuracy on':30} {'pairs':>6} {'same sources':>13} {'unseen sources':>15} {'longer wins':>12}")
    for name in ("all", *np.unique(criteria)):
        rows = np.full(len(items), True) if name == "all" else criteria == name
        figures = "".join(f"{100 * v[rows].mean():{w}.1f}" for v, w in ((seen, 14), (unseen, 16), (longer, 13)))
        print(f"{name:30} {rows.sum():6}{figures}")
    weight = fit(differences) / scale
    middle = np.concatenate([chosen, rejected]).mean(axis=0)
    save_file(
        {"weight": torch.as_tensor(weight).float(), "bias": torch.as_tensor(-(middle @ weight)).float()}, arguments.out
    )
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
