"""The query over GitHub's public dataset: its text, its parameters, and running it where credentials exist."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from crb.errors import CrbError, MissingPackageError

PACKAGE = "google-cloud-bigquery"


def query() -> str:
    """The SQL."""
    return (files(__package__ or "") / "queries" / "single_file_commits.sql").read_text(encoding="utf-8")


def run(parameters: Mapping[str, Any], *, project: str | None, destination: str) -> None:
    """Run the query into a table; one that is there already is used as it is.

    Args:
        parameters: the query's, by name; whole numbers, or lists of texts.
        project: who pays; by default the credentials' own.
        destination: project.dataset.table.

    Raises:
        MissingPackageError: google-cloud-bigquery is not installed.
        CrbError: no credentials, or BigQuery refuses.
    """
    bigquery, errors = _library()
    client = _client(project)
    try:
        client.get_table(destination)
        return
    except errors["NotFound"]:
        pass
    except errors["GoogleAPICallError"] as error:
        raise _refusal(error, destination) from error
    given = [
        bigquery.ArrayQueryParameter(name, "STRING", list(value))
        if isinstance(value, (list, tuple))
        else bigquery.ScalarQueryParameter(name, "INT64", value)
        for name, value in parameters.items()
    ]
    config = bigquery.QueryJobConfig(
        query_parameters=given, destination=destination, write_disposition="WRITE_EMPTY", use_legacy_sql=False
    )
    try:
        client.query(query(), job_config=config).result()
    except errors["GoogleAPICallError"] as error:
        raise _refusal(error, destination) from error


def rows(destination: str, *, project: str | None, start: int) -> Iterator[dict[str, Any]]:
    """The rows of a table in its own order, from row `start` on.

    Raises:
        CrbError: as `run`.
    """
    _, errors = _library()
    try:
        for row in _client(project).list_rows(destination, start_index=start, page_size=5000):
            yield dict(row.items())
    except errors["GoogleAPICallError"] as error:
        raise _refusal(error, destination) from error


def _library() -> tuple[Any, dict[str, type[Exception]]]:
    try:
        from google.api_core import exceptions
        from google.cloud import bigquery
    except ImportError:
        otherwise = "give the files of an export"
        raise MissingPackageError(PACKAGE, why="to run the query", extra="bigquery", otherwise=otherwise) from None
    return bigquery, {name: getattr(exceptions, name) for name in ("NotFound", "GoogleAPICallError")}


def _client(project: str | None) -> Any:
    bigquery, _ = _library()
    from google.auth.exceptions import DefaultCredentialsError

    try:
        return bigquery.Client(project=project)
    except DefaultCredentialsError as error:
        raise CrbError(
            "there are no Google Cloud credentials",
            todo="run gcloud auth application-default login, or give the files of an export with export: [FILE]",
        ) from error


def _refusal(error: Exception, destination: str) -> CrbError:
    return CrbError(f"BigQuery refuses: {error}", where=destination, todo="see the message; then run the command again")
