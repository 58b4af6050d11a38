"""Finding runs in a folder of runs."""

from __future__ import annotations

from pathlib import Path

from crb.errors import UsageError, unknown_name
from crb.runs.folder import RUN, open_run
from crb.runs.run import Run


def find_runs(folder: Path, model: str) -> list[Run]:
    """The finished runs of a model below a folder, in the order of their paths.

    Args:
        folder: where runs lie, at any depth.
        model: the model as it was named for the run, or the last part of that name, in any case.

    Raises:
        UsageError: there is no such folder, or no finished run of the model in it; near names are suggested.
        DataError: a run.json is not one of ours.
    """
    if not folder.is_dir():
        raise UsageError(
            "there is no such folder", where=f"--runs {folder}", todo="give the folder that holds the runs"
        )
    runs = [open_run(file.parent) for file in sorted(folder.glob(f"**/{RUN}"))]
    wanted = model.casefold()
    named = [run for run in runs if wanted in _names(str(run.config.get("model")))]
    if not named:
        known = {str(run.config.get("model")) for run in runs}
        raise unknown_name("model", model, known, todo=f"see the runs in {folder}, or name run folders instead")
    finished = [run for run in named if run.finished]
    if not finished:
        raise UsageError(f"no run of {model} is finished", where=f"--runs {folder}", todo="repeat its crb run command")
    return finished


def _names(model: str) -> set[str]:
    return {model.casefold(), Path(model).name.casefold()}
