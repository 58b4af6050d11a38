"""Rows of a data set on the Hugging Face hub, or of the copy that `datasets` has cached of it.

No code of a data set is ever run and nothing is ever asked: `trust_remote_code` is not passed, and the version of
`datasets` we need refuses data sets that are scripts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from crb.benchmarks.arrow_rows import dataset_rows
from crb.benchmarks.rows import COLUMNS, Row
from crb.errors import DataError, first_line
from crb.reach import unreachable_hub

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")


def is_hub_id(text: str) -> bool:
    """Whether the text has the shape `org/name` or `org/name@revision`."""
    return _ID.fullmatch(text) is not None and not text.lower().endswith((".parquet", ".json", ".jsonl", ".ndjson"))


def read_hub(
    hub_id: str,
    *,
    config: str | None,
    split: str | None,
    spec: str,
    note: str = "",
    columns: Sequence[str] = COLUMNS,
) -> tuple[str, Iterator[Row]]:
    """A data set's `id@revision` and its rows: of all its splits, or of `split` where it has that.

    Args:
        hub_id: `org/name` or `org/name@revision`.
        config: the configuration; None where the data set has one or a default.
        split: the split wanted.
        spec: the registered format to suggest in front of a local copy, e.g. `crb`.
        note: what else to say in the error.
        columns: what is read of each row.

    Raises:
        DataError: not reachable, not there, or not loadable; says how to get a copy.
    """
    label, data = load_hub(hub_id, config=config, instead=f"use that copy: `--benchmark {spec}:DIR`", note=note)
    return label, dataset_rows(data, label, split, columns)


def load_hub(
    hub_id: str, *, config: str | None = None, instead: str, note: str = ""
) -> tuple[str, Dataset | DatasetDict]:
    """A data set's `id@revision` and the data set itself.

    Args:
        hub_id: `org/name` or `org/name@revision`.
        config: the configuration; None where the data set has one or a default.
        instead: what to do with a copy of it, for the error.
        note: what else to say in the error.

    Raises:
        DataError: not reachable, not there, or not loadable; says how to get a copy.
    """
    import pyarrow as pa
    from datasets import load_dataset_builder
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError

    # The hub client has changed its HTTP library and so the errors of a broken connection; this is their base.
    http_error = cast("type[Exception]", HfHubHTTPError.__bases__[0])
    name, _, revision = hub_id.partition("@")
    offline = unreachable_hub()
    try:
        with _offline_mode() if offline else contextlib.nullcontext():
            builder = load_dataset_builder(name, config, revision=revision or None)
            builder.download_and_prepare()
            data = builder.as_dataset()
    except (DatasetsError, http_error, pa.ArrowException, OSError, ValueError, RuntimeError) as error:
        why = f"no network, or no such host as {offline}" if offline else first_line(error)
        raise DataError(
            f"the data set {hub_id!r} could not be loaded from the hub: {why}{note}",
            file=hub_id,
            todo=f"where the hub is reachable run `hf download {name} --repo-type dataset --local-dir DIR`, "
            f"then {instead}",
        ) from error
    if re.fullmatch(r"[0-9a-f]{7,40}", revision) and builder.hash and not builder.hash.startswith(revision):
        raise DataError(  # offline, the library takes the newest copy in its cache, whatever was asked for
            f"revision {revision} of {name!r} is not cached (revision {builder.hash} is), and the hub is out of reach",
            file=hub_id,
            todo=f"where the hub is reachable run `hf download {name} --repo-type dataset --revision {revision} "
            f"--local-dir DIR`, then {instead}",
        )
    label = f"{name}@{builder.hash or revision or 'main'}"
    return label, cast("Dataset | DatasetDict", data)


@contextlib.contextmanager
def _offline_mode() -> Iterator[None]:
    """What HF_HUB_OFFLINE=1 does, for a while: only the cache is looked at."""
    from datasets import config

    before = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before
