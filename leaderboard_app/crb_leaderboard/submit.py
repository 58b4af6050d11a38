"""The tab Submit: what is said of a file that a visitor brings, by the checks that `crb submit` makes.

Nothing of it is kept, and nothing in it is run. A file that is not in order is answered with file, row and field; what
is shown of it is handed on as text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from crb.doctor.examination import examine
from crb.errors import CrbError, DataError
from crb.results.build import entry_of
from crb.results.documents import LARGEST_ENTRY, read_document, shown, validated
from crb.results.entry import Entry
from crb.results.entry_checks import check_entry
from crb.results.show import overall_row
from crb.results.store import entry_path
from crb.runs import open_run
from crb.runs.config import RunConfig
from crb.runs.folder import RUN
from crb.submission.checks import check_submission
from crb.submission.request import pull_request
from crb_leaderboard.results_json import check_results
from crb_leaderboard.upload import unpack_run

LARGEST_UPLOAD = "30mb"
MOST_ROWS = 1_000_000
"""Of a scores.parquet: the benchmark has 8,866."""
_LARGEST_TABLE = 300_000_000  # bytes of a scores.parquet when unpacked: a Parquet file can be a bomb as well

Verdict = dict[str, Any]
"""title, text, facts [[name, value]], faults [{file, row, field, message, todo}], preview."""


class _RunFile(BaseModel):
    """What of a run.json is used here."""

    model_config = ConfigDict(extra="allow")

    config: RunConfig
    n: int | None = None
    end: str | None = None
    versions: dict[str, str | None] | None = None


def verdict(path: Path) -> Verdict:
    """What is to be said of a file: a zip of a run's folder, an entry, or a results.json."""
    name = shown(path.name)
    try:
        if path.suffix.lower() == ".zip":
            with tempfile.TemporaryDirectory(prefix="crb-upload-") as folder:
                return _of_run(unpack_run(path, Path(folder)), name)
        return _of_document(path)
    except DataError as error:
        return _refused(name, [error])
    except CrbError as error:
        return _refused(name, [DataError(error.what, file=name, todo=error.todo)])


def _of_document(path: Path) -> Verdict:
    document = read_document(path, largest=LARGEST_ENTRY)
    if isinstance(document, dict) and "by_aspect" in document:
        found, faults = check_results(document, path)
        if faults:
            return _refused(path.name, faults)
        share = f"{found.overall.correct_predictions:,} of {found.overall.total_examples:,} pairs right"
        text = "Its figures follow from its counts. To submit, upload the zipped folder of the run, or use crb submit."
        return _passed("This results.json is in order", text, [["strict accuracy", share]])
    entry = validated(Entry, document, path)
    faults = check_entry(path, entry)
    if faults:
        return _refused(path.name, faults)
    return _passed("This entry is in order", "It can be added by a pull request.", _facts(entry))


def _of_run(folder: Path, name: str) -> Verdict:
    validated(_RunFile, read_document(folder / RUN), folder / RUN)
    for file in folder.rglob("*.parquet"):
        _check_table(file)
    run = open_run(folder)
    findings = [finding.as_dict() for finding in examine([run]) if finding.severity != "ok"]
    checks = check_submission(run, findings)
    failed = [DataError(f"{one.name}: {one.fault}", file=name, todo=one.todo) for one in checks if not one.passed]
    if failed:
        return _refused(name, failed)
    entry = entry_of(run, findings)
    faults = check_entry(folder / RUN, entry)
    if faults:
        return _refused(name, faults)
    results = Path("results")
    request = pull_request(entry, results, [entry_path(results, entry.model.name, entry.benchmark.name)])
    text = f"All {len(checks)} checks are passed. crb submit RUN makes the entry and this text for the pull request."
    return _passed("This run is fit for the leaderboard", text, _facts(entry)) | {"preview": request.as_text()}


def _check_table(file: Path) -> None:
    """Refuse a table that would not fit into memory, by what its own footer says and Arrow enforces."""
    try:
        footer = pq.read_metadata(file)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"not a Parquet file: {shown(str(error))}", file=file, todo="zip the run again") from error
    size = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    if footer.num_rows > MOST_ROWS or size > _LARGEST_TABLE or footer.num_columns > 100:
        raise DataError(f"the table has {footer.num_rows:,} rows", file=file, todo="zip the run as crb wrote it")


def _facts(entry: Entry) -> list[list[str]]:
    row = overall_row(entry)
    shares = [[kind, f"{100 * row[kind]:.1f}%"] for kind in ("strict", "half", "valid", "tie_rate", "invalid_rate")]
    return [
        ["model", entry.model.name],
        ["benchmark", f"{entry.benchmark.name}, {entry.benchmark.n:,} pairs"],
        *([name.replace("_", " "), value] for name, value in shares),
        *([f"doctor: {one.severity}", one.message] for one in entry.findings[:20]),
    ]


def _passed(title: str, text: str, facts: list[list[str]]) -> Verdict:
    return {"title": title, "text": text, "facts": facts, "faults": [], "preview": ""}


def _refused(name: str, errors: Sequence[DataError]) -> Verdict:
    rows = [
        {
            "file": shown(Path(error.file).name) if error.file else name,
            "row": error.row,
            "field": shown(error.field or ""),
            "message": shown(error.what, 500),
            "todo": shown(error.todo, 300),
        }
        for error in errors[:50]
    ]
    count = f"{len(errors)} faults" if len(errors) > 1 else "one fault"
    return {"title": f"{name} is not in order: {count}", "text": "", "facts": [], "faults": rows, "preview": ""}
