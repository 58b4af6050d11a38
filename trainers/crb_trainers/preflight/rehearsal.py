"""What a run would refuse before it loads weights, asked of a recipe alone: a dry run must not pass what cannot run.

Each check is the run's own. What this machine merely lacks (a package, the run to start from, a benchmark on the hub)
may be there where the run will be: that is a note. What no machine will accept is an error.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crb.errors import CrbError, DataError, MissingPackageError
from crb.reach import unreachable_hub
from crb_trainers.settings import HELD_OUT
from crb_trainers.training import records
from crb_trainers.training.place import check_world
from crb_trainers.training.preparing import check_tracker, startable
from crb_trainers.training.run import check_resumed

if TYPE_CHECKING:
    from crb_trainers.settings import Recipe


def rehearse(recipe: Recipe, processes: int, out: Path | None, resume: Path | None) -> tuple[str, ...]:
    """What the run will need and this machine does not have, in sentences.

    Args:
        out, resume: of the run to come, where they are named. Without `out` a recipe is only weighed: the folder of
            an earlier run under its name is in nobody's way.

    Raises:
        CrbError: the run would be refused.
    """
    from crb_trainers.modelling.loading import check_settings

    notes: list[str] = []
    check_world(recipe.parallel.kind, processes)
    for check in (partial(check_tracker, recipe), partial(check_settings, recipe.model)):
        try:
            check()
        except MissingPackageError as error:
            notes.append(f"{error.what}: {error.todo}")
    if out is not None:
        records.check_folder(out, recipe)
    if resume is not None:
        check_resumed(recipe, out or Path("trained") / recipe.name, resume)
    beginning = recipe.model.start_from
    if beginning is not None and not Path(beginning).exists():
        notes.append(f"model.start_from is not here yet: {beginning}")
    elif beginning is not None:
        startable(Path(beginning), recipe.model)
    _check_model(recipe)
    return (*notes, *_evaluation(recipe))


def _check_model(recipe: Recipe) -> None:
    from crb_trainers.modelling.loading import check_adapters, check_language_head
    from crb_trainers.modelling.source import find

    try:
        source = find(recipe.model, weights=False)
    except CrbError:  # not at hand: the estimate knows its shape, or says that it does not
        return
    if recipe.objective.language_model > 0:
        check_language_head(source)
    check_adapters(recipe.model)


def _evaluation(recipe: Recipe) -> list[str]:
    """The benchmark is loaded as the run will load it; one on the hub may be out of reach here."""
    from crb_trainers.data.pairs import read_pairs, write_benchmark
    from crb_trainers.training.evaluation import load_slice

    with TemporaryDirectory() as folder:
        place = Path(folder) / records.HELD_OUT
        try:
            if recipe.evaluation.benchmark == HELD_OUT:
                write_benchmark(read_pairs(recipe.data, seed=recipe.seed).held_out, place)
            load_slice(recipe.evaluation, place)
        except DataError as error:
            if error.file is None or Path(error.file).exists() or not unreachable_hub():
                raise
            return [f"evaluation.benchmark is out of reach here: {error.what}"]
    return []
