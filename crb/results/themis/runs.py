"""Import of published runs: a folder of models in the published layout becomes runs that every command can read.

All figures are computed from the per-sample scores again; what the publisher printed is kept beside them and compared.
One damaged model does not keep the others out. Importing twice gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crb.errors import CrbError, DataError, UsageError
from crb.files import write_bytes, write_json
from crb.items import Item
from crb.results.configuration import UNKNOWN, unknown_config
from crb.results.identity import CRB
from crb.results.names import folder_name, hub_id
from crb.results.themis.comparing import Disagreement, column_disagreements, figure_disagreements
from crb.results.themis.pairs import Reference
from crb.results.themis.printed import read_printed
from crb.results.themis.reading import RESULTS, SCORES, ThemisModel, read_pairs
from crb.runs.config import fingerprint
from crb.runs.folder import SCHEMA, write_run
from crb.runs.run import BASELINES
from crb.runs.scores import pairs_frame, write_scores
from crb.statistics.baselines import Baseline, baseline_readings
from crb.statistics.summary import summarise

COIN = Path(BASELINES) / f"{Baseline.COIN.value}.parquet"


@dataclass(frozen=True)
class Imported:
    """A model that was imported.

    Attributes:
        folder: the name of its folder.
        model: its hub id, or the folder's name where it has no card.
        run: the run directory.
        n, right: pairs, and strictly right ones.
        missing: ids that its file lacks.
        disagreements: figures of its own files that its scores do not give.
    """

    folder: str
    model: str
    run: Path
    n: int
    right: int
    missing: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class Import:
    """What an import did: the models that came in, and the fault of each that did not, by folder name."""

    models: tuple[Imported, ...]
    faults: dict[str, CrbError] = field(default_factory=dict)


def import_themis(folder: Path, out: Path) -> Import:
    """Import a folder of models in the published layout, or a single model's folder.

    Args:
        folder: holds a folder for each model, or results.json and scores.parquet of one.
        out: where the runs go: OUT/<folder name>/crb/<fingerprint>/.

    Raises:
        UsageError: there is no model in the folder, or `out` is the same folder.
        CrbError: a run cannot be written.
    """
    folders = model_folders(folder)
    if out.resolve() in {folder.resolve(), *(one.resolve() for one in folders)}:
        raise UsageError(
            "the runs would be written among the published files", where=f"--out {out}", todo="choose another folder"
        )
    sound: list[ThemisModel] = []
    faults: dict[str, CrbError] = {}
    for one in folders:
        try:
            name = hub_id(one.resolve().name, one)
            pairs, printed = read_pairs(one / SCORES)
            sound.append(ThemisModel(one.resolve(), name, pairs, printed, read_printed(one / RESULTS)))
        except DataError as error:
            faults[one.resolve().name] = error
    reference = Reference(sound)
    faults |= reference.faults
    models: list[Imported] = []
    for model in sound:
        if model.folder.name not in faults:
            first = models[0].run / COIN if models else None
            models.append(_import(model, reference, out, first))
    return Import(tuple(models), dict(sorted(faults.items())))


def model_folders(folder: Path) -> list[Path]:
    """The folders of models in a folder, by name; the folder itself where it is a model's.

    Raises:
        UsageError: there is none.
    """
    try:
        found = [
            one for one in (folder, *sorted(folder.iterdir())) if (one / SCORES).exists() or (one / RESULTS).exists()
        ]
    except OSError as error:
        raise UsageError(
            f"the folder cannot be read: {error.strerror or error}", where=str(folder), todo="check the path"
        ) from error
    if not found:
        raise UsageError(
            f"there is no model here: no folder with {RESULTS} and {SCORES}",
            where=str(folder),
            todo="give the folder that holds one folder for each model",
        )
    return [folder] if folder in found else found


def _import(model: ThemisModel, reference: Reference, out: Path, coin: Path | None) -> Imported:
    pairs, missing = reference.place(model)
    recomputed = summarise(pairs)
    differ = column_disagreements(model.pairs, model.printed) + figure_disagreements(model.results, recomputed)
    config = unknown_config(model.name, CRB)
    document = {
        "schema": SCHEMA,
        "status": "finished",
        "fingerprint": fingerprint(config),
        "config": config,
        "benchmark_source": f"scores published as {model.folder.name}",
        "n": len(pairs),
        "adapter": UNKNOWN,
        "versions": {},
        "git": None,
        "hardware": {},
        "start": None,
        "end": None,
        "sessions": [],
        "imported": {
            "source": "themis",
            "folder": model.folder.name,
            "results": model.results,
            "missing": missing,
            "disagreements": [one.as_json() for one in differ],
        },
    }
    run = out / folder_name(model.folder.name) / CRB / fingerprint(config)
    write_scores(run / SCORES, pairs)
    if coin is None:
        write_scores(run / COIN, _coin(reference.labels))
    else:
        write_bytes(run / COIN, coin.read_bytes())  # the same pairs, the same coin
    write_json(run / RESULTS, recomputed)
    write_run(run, document)  # last: it says that all the others are there
    right = recomputed["crb"]["counts"]["right"]
    return Imported(model.folder.name, model.name, run, len(pairs), right, tuple(missing), tuple(differ))


def _coin(labels: pd.DataFrame) -> pd.DataFrame:
    """The one baseline that needs no texts."""
    items = [Item.pair(str(id), "", "", "") for id in labels.index]
    frame = pairs_frame(items, baseline_readings(Baseline.COIN, items))
    return frame.assign(**{column: labels[column] for column in labels.columns})
