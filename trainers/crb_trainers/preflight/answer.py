"""`crb train --dry-run`: what a recipe would take, before anything is loaded: memory per GPU, tokens, steps, hours.

Nothing here was measured on a GPU: parameters and tokens are counted, memory and hours follow from the formulas that
`crb_trainers.preflight.estimates` names. Memory is meant to be near enough to choose machine and micro-batch; hours to
a factor of about 1.5 either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crb.errors import UsageError, unknown_name
from crb.evaluation.ranks import processes as launched
from crb.packages import require_scoring
from crb_trainers.preflight.estimates import GPUS, RESERVE, UTILISATION, Way, fits, hours, memory, operations
from crb_trainers.preflight.rehearsal import rehearse
from crb_trainers.preflight.shapes import Shape, shape_of
from crb_trainers.preflight.workload import Workload, workload
from crb_trainers.training.place import SEVERAL

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from crb_trainers.settings import Recipe

SOURCES = (
    "memory: Rajbhandari et al. 2020 (ZeRO), Korthikanti et al. 2022 (activations)",
    "operations: Kaplan et al. 2020; utilisation: Chowdhery et al. 2022, assumed, not measured",
)
_CHUNK_BYTES = 128 << 20


@dataclass(frozen=True)
class Preflight:
    """What a recipe would take.

    Attributes:
        recipe: its name.
        processes: GPUs that the memory and the hours are for.
        kind: of parallelism.
        shape: of the model.
        trained: weights that are trained.
        work: the data.
        parts: bytes on the fullest GPU, by part.
        operations: of all steps.
        gpus: names of the GPUs that are told of.
        notes: what the run itself will need and this machine does not have yet.
    """

    recipe: str
    processes: int
    kind: str
    shape: Shape
    trained: int
    work: Workload
    parts: dict[str, float]
    operations: float
    gpus: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def bytes_per_gpu(self) -> float:
        """All parts, and what the driver takes."""
        return sum(self.parts.values()) + RESERVE

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "recipe": self.recipe,
            "processes": self.processes,
            "parallel": self.kind,
            "parameters": self.shape.parameters,
            "parameters_trained": self.trained,
            "shape_from": "config.json" if self.shape.known else "the table of Qwen3's shapes: no config at hand",
            "data": self.work.basis,
            "pairs": self.work.pairs,
            "steps": self.work.steps,
            "pairs_trained": self.work.pairs_trained,
            "tokens_computed": self.work.load.tokens,
            "completion_tokens": self.work.load.completion,
            "largest_micro_batch_tokens": self.work.load.largest,
            "memory_bytes": {**{name: round(size) for name, size in self.parts.items()}, "reserve": round(RESERVE)},
            "memory_bytes_per_gpu": round(self.bytes_per_gpu),
            "operations": self.operations,
            "utilisation_assumed": UTILISATION,
            "gpus": {
                name: {
                    "fits": fits(self.parts, name),
                    "hours": round(hours(self.operations, name, self.processes), 3),
                    "gpu_hours": round(hours(self.operations, name, 1), 3),
                }
                for name in self.gpus
            },
            "notes": list(self.notes),
            "sources": list(SOURCES),
        }


def preflight(
    recipe: Recipe,
    *,
    processes: int | None = None,
    gpus: tuple[str, ...] = tuple(GPUS),
    out: Path | None = None,
    resume: Path | None = None,
) -> Preflight:
    """Estimate a recipe, and refuse what the run would refuse as far as that is known before weights are loaded.

    Args:
        processes: how many GPUs; by default as many as were launched, or 8 where the recipe wants several and nobody
            launched.
        gpus: names in `GPUS`.
        out, resume: of the run to come, where they are known.

    Raises:
        CrbError: the run would be refused, or the model or the data are not at hand and nothing is known of them.
    """
    require_scoring("to estimate a training", extra="train")
    for name in gpus:
        if name not in GPUS:
            raise unknown_name("GPU", name, GPUS)
    kind = recipe.parallel.kind
    if processes is None:
        processes = max(launched(), 8 if kind in SEVERAL else 1)
    if processes < 1:
        raise UsageError(f"{processes} GPUs are none", where="--gpus", todo="give 1 or more")
    notes = rehearse(recipe, processes, out, resume)
    shape = shape_of(recipe.model)
    lora = recipe.model.lora
    way = Way(
        processes=processes,
        sharded=kind == "fsdp2",
        offloaded=recipe.parallel.cpu_offload,
        half=recipe.model.dtype == "bfloat16",
        recompute=recipe.model.gradient_checkpointing,
        chunk=recipe.objective.language_model_chunk or max(1, _CHUNK_BYTES // (4 * shape.words)),
        rank=lora.rank if lora is not None else None,
    )
    work = workload(recipe, processes)
    trained = shape.adapters(lora.rank) if lora is not None else shape.parameters
    if recipe.model.freeze:
        trained, way = shape.hidden, Way(**{**way.__dict__, "rank": 0})
    return Preflight(
        recipe.name,
        processes,
        kind,
        shape,
        trained,
        work,
        memory(shape, work.load, way),
        operations(shape, work.load, way),
        gpus,
        notes,
    )


def show(found: Preflight, console: Console) -> None:
    """Print tables that fit 80 columns."""
    from rich.markup import escape
    from rich.table import Table

    work, load = found.work, found.work.load
    table = Table("", show_header=False, title=f"{escape(found.recipe)}, estimated", title_justify="left")
    table.add_column("", justify="right")
    of = "GPU" if found.processes == 1 else "GPUs"
    table.add_row("parameters, trained", f"{found.shape.parameters:,}, {found.trained:,}")
    table.add_row("pairs, in all steps", f"{work.pairs:,}, {work.pairs_trained:,}")
    table.add_row("steps", f"{work.steps:,}")
    table.add_row("tokens computed", f"{load.tokens:,}")
    table.add_row("tokens of the largest micro-batch", f"{load.largest:,}")
    for name, size in found.parts.items():
        table.add_row(f"GB per GPU: {name}", f"{size / 1e9:,.1f}")
    table.add_row(f"GB per GPU on {found.processes} {of}, in all", f"{found.bytes_per_gpu / 1e9:,.1f}")
    console.print(table)
    times = Table("GPU", title=f"{found.operations:.2e} operations", title_justify="left")
    for heading in ("fits", f"hours on {found.processes}", "GPU hours"):
        times.add_column(heading, justify="right")
    for name in found.gpus:
        each = hours(found.operations, name, 1)
        times.add_row(
            name, "yes" if fits(found.parts, name) else "no", f"{each / found.processes:,.1f}", f"{each:,.1f}"
        )
    console.print(times)
    shape = "" if found.shape.known else "; shape from a table: the config is not at hand"
    console.print(f"data {work.basis}{shape}; {UTILISATION:.0%} of each GPU's rate assumed", highlight=False)
    for note in found.notes:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    if not any(fits(found.parts, name) for name in found.gpus):
        console.print("too large for all: lower batch.pairs_per_device, set model.gradient_checkpointing=true")
        console.print("or parallel.kind=fsdp2, or take more GPUs: --gpus N")
