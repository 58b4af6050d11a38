"""A trained candidate as the one small file that crb-tiny ships: its head and, where it has any, its adapters.

    python adapters/crb_tiny/tiny_ship.py built/crb-tiny/lora/training --out adapters/crb_adapters/crb_tiny.safetensors

Adapters are kept in bfloat16, one megabyte at rank 8; the head in float32.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import torch
from crb_adapters.crb_tiny import ADAPTERS, DOWN, HEAD, UP
from crb_trainers.checkpoints.checkpoint import WEIGHTS
from crb_trainers.training.chosen import chosen_checkpoint, recipe_of
from safetensors.torch import load_file, save_file

LAYER = re.compile(r"language_model\.base_model\.model\.model\.(.+)\.lora_([AB])\.[^.]+\.weight")


def compact(training: Path, out: Path) -> int:
    """Write what a run trained in the adapter's layout; the file's bytes.

    Args:
        training: the folder of a run whose checkpoints are whole files.
    """
    lora = recipe_of(training).model.lora
    kept: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(chosen_checkpoint(training) / WEIGHTS).items():
        if found := LAYER.fullmatch(name):
            up = found[2] == "B"
            scaled = tensor * (lora.alpha / lora.rank) if up and lora is not None else tensor
            kept[f"{ADAPTERS}{found[1]}{UP if up else DOWN}"] = scaled.to(torch.bfloat16).contiguous()
        elif name == "head.weight":
            kept["head"] = tensor[0].float().contiguous()
        else:
            raise ValueError(f"{name} is neither the head nor an adapter: it does not fit into a small file")
    save_file(kept, out)
    return out.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training", type=Path, help="the candidate's run, e.g. built/crb-tiny/lora/training")
    parser.add_argument("--out", type=Path, default=HEAD)
    arguments = parser.parse_args()
    print(f"wrote {arguments.out}, {compact(arguments.training, arguments.out):,} bytes")


if __name__ == "__main__":
    main()
