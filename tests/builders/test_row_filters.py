"""languages, repositories and mine_bigquery: rows kept and dropped by what they say of themselves."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builder_rows import built, reasons, rows, shard
from crb_builders import bigquery
from crb_builders.extensions import BY_EXTENSION, EXTENSIONS, language_of
from crb_builders.recipe import make, parse

from crb.errors import CrbError, MissingPackageError
from crb.vocabulary import Language


def test_the_map_has_the_benchmarks_languages_and_common_extensions() -> None:
    assert set(Language) <= set(EXTENSIONS)
    assert len(EXTENSIONS) >= 26
    assert sum(map(len, EXTENSIONS.values())) == len(BY_EXTENSION), "an extension stands for two languages"
    assert {end: language_of(f"x/y{end}") for end in (".hpp", ".tsx", ".jsx", ".mjs", ".H", ".Py", ".cs")} == {
        ".hpp": "Cpp",
        ".tsx": "TypeScript",
        ".jsx": "JavaScript",
        ".mjs": "JavaScript",
        ".H": "C",
        ".Py": "Python",
        ".cs": "CSharp",
    }
    assert [language_of(path) for path in (".py", "a.py/b", "py", "a.", "a.txt", "")] == [None] * 6


def test_languages_keeps_renames_and_extends(tmp_path: Path) -> None:
    given = shard(
        tmp_path, [{"id": path, "path": path, "old": "x"} for path in ("a.py", "b.tsx", "c.zig", "d.rb", "e")]
    )
    settings = {
        "keep": ["Python", "JavaScript"],
        "rename": {"TypeScript": "JavaScript"},
        "extensions": {".zig": "Python"},
    }
    outcome: Any = make("languages", settings, 0).shard(given.read())  # type: ignore[attr-defined]
    assert outcome.kept.select(["path", "language", "old"]).to_pylist() == [
        {"path": "a.py", "language": "Python", "old": "x"},
        {"path": "b.tsx", "language": "JavaScript", "old": "x"},
        {"path": "c.zig", "language": "Python", "old": "x"},
    ]
    assert outcome.rejected["reason"].to_pylist() == ["language_not_kept", "unknown_language"]
    with pytest.raises(CrbError, match="unknown language 'Klingon'"):
        parse("stages: [{languages: {keep: [Klingon]}}]", name="x", source="x.yaml")


ROWS = [
    {"id": "1", "repository": "o/listed", "language": "Python", "forks": ["f/one"]},
    {"id": "2", "repository": "O/Go", "language": "Go", "forks": []},
    {"id": "3", "repository": "o/go", "language": "Python", "forks": []},
    {"id": "4", "repository": "o/famous", "language": "C", "forks": []},
    {"id": "5", "repository": "o/lonely", "language": "C", "forks": []},
    {"id": "6", "repository": "o/quiet", "language": "C", "forks": ["o/famous", "x/y"]},
    {"id": "7", "repository": "o/nobody", "language": "C", "forks": None},
]


def test_lists_and_reputation(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "Go.json").write_text('["o/go"]')
    (tmp_path / "all.json").write_text('["o/listed"]')
    table = tmp_path / "table.jsonl"
    counts = {"o/famous": (15, 5, 10), "o/lonely": (900, 4, 99), "o/quiet": (15, 5, 9)}
    names = ("stars", "contributors", "issues")
    lines = [
        json.dumps({"repository": name, **dict(zip(names, values, strict=True))}) for name, values in counts.items()
    ]
    table.write_text("\n".join(lines))
    given = shard(tmp_path / "given", ROWS).read()

    def sifted(**settings: Any) -> tuple[dict[str, str], dict[str, str]]:
        outcome: Any = make("repositories", settings, 0).shard(given)  # type: ignore[attr-defined]
        dropped = outcome.rejected.to_pylist() if outcome.rejected is not None else []
        return (
            {row["id"]: row["repository"] for row in outcome.kept.to_pylist()},
            {row["id"]: row["reason"] for row in dropped},
        )

    lists = [str(tmp_path / "lists"), str(tmp_path / "all.json")]
    assert sifted(lists=lists)[0] == {"1": "o/listed", "2": "O/Go"}
    kept, dropped = sifted(lists=lists, table=str(table))
    assert kept == {"1": "o/listed", "2": "O/Go", "4": "o/famous", "6": "o/famous"}
    assert dropped == {"3": "repository_unknown", "5": "few_contributors", "7": "repository_unknown"}
    assert set(sifted(table=str(table), contributors=4, issues=9)[0]) == {"4", "5", "6"}


def test_a_changed_list_is_noticed(tmp_path: Path) -> None:
    listing = tmp_path / "all.json"
    listing.write_text('["o/listed"]')
    stage: Any = make("repositories", {"lists": [str(listing)]}, 0)
    before = dict(stage.depends())
    listing.write_text('["o/else"]')
    assert stage.depends() != before


@pytest.mark.parametrize(
    ("content", "said"),
    [('{"Go": 3}', "field 'Go'"), ("[1]", "array of texts"), ("[", "not JSON"), (None, "does not exist")],
)
def test_a_wrong_list_is_refused_at_once(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "l.json").write_text(content)
    with pytest.raises(CrbError) as refused:
        parse(f"stages: [{{repositories: {{lists: [{tmp_path}/l.json]}}}}]", name="x", source="x.yaml")
    assert said in str(refused.value)


def export_row(commit: str, **more: Any) -> dict[str, Any]:
    row = {
        "commit": commit * 40,
        "parent": "f" * 40,
        "subject": "s",
        "message": "Make the cache smaller",
        "path": "src/a.py",
        "repositories": ["o/one", "p/two"],
        "license": "apache-2.0",
        "unix_time": 1_500_000_000,
    }
    return row | more


def test_an_export_is_read_whatever_its_format(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([export_row("a"), export_row("b", path="x.txt")]), tmp_path / "one.parquet")
    (tmp_path / "two.jsonl").write_text(
        json.dumps(export_row("c", message="wip"))
        + "\n"
        + json.dumps(export_row("d", repositories=["--help", "$(x)/y"]))
    )
    plain = export_row("e", repositories="o/one,p/two", unix_time="1200000000", message='say "hello", twice\nor thrice')
    import csv

    with (tmp_path / "three.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(plain))
        writer.writeheader()
        writer.writerow(plain)
    files = ", ".join(str(tmp_path / name) for name in ("one.parquet", "two.jsonl", "three.csv"))
    built(f"stages: [{{mine_bigquery: {{export: [{files}]}}}}]", tmp_path / "out")
    kept = {row["commit"][0]: row for row in rows(tmp_path / "out" / "mine_bigquery")}
    assert set(kept) == {"a", "e"}
    assert [(row["repository"], row["forks"]) for row in kept.values()] == [("o/one", ["p/two"])] * 2
    assert kept["a"]["license"] == "Apache-2.0"
    assert kept["e"]["message"] == 'say "hello", twice\nor thrice'
    assert sorted(reasons(tmp_path / "out" / "mine_bigquery").values()) == [
        "bad_name",
        "message_short",
        "unknown_language",
    ]


def test_the_query_counts_all_changes_of_a_commit() -> None:
    words = " ".join(line.partition("--")[0] for line in bigquery.query().splitlines()).split()
    text = " ".join(words)
    assert "ARRAY_LENGTH(commits.difference) = 1" in text
    assert "NOT IFNULL(commits.difference_truncated, FALSE)" in text
    assert "GROUP BY held.commit HAVING" in text
    assert "UNNEST(commits.difference" not in text, "to unnest the changes is to lose count of them"


class FakeError(Exception):
    """Stands for google.api_core.exceptions.GoogleAPICallError."""


class FakeMissingError(FakeError):
    """Stands for NotFound."""


class FakeClient:
    """A BigQuery that has the rows of the export and remembers what was asked."""

    asked: list[dict[str, Any]] = []  # noqa: RUF012
    there = False

    def __init__(self, project: str | None) -> None:
        self.project = project

    def get_table(self, name: str) -> None:
        if not FakeClient.there:
            raise FakeMissingError(name)

    def query(self, text: str, job_config: dict[str, Any]) -> FakeClient:
        FakeClient.asked.append(job_config | {"text": text})
        FakeClient.there = True
        return self

    def result(self) -> None:
        return None

    def list_rows(self, name: str, start_index: int, page_size: int) -> list[dict[str, Any]]:
        return [export_row("a"), export_row("b")][start_index:]


def test_the_query_is_run_once_where_the_library_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def module(name: str, **content: Any) -> None:
        made = types.ModuleType(name)
        made.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, made)

    library = types.SimpleNamespace(
        Client=FakeClient,
        QueryJobConfig=lambda **settings: settings,
        ArrayQueryParameter=lambda *parts: parts,
        ScalarQueryParameter=lambda *parts: parts,
    )
    failures = types.SimpleNamespace(NotFound=FakeMissingError, GoogleAPICallError=FakeError)
    module("google")
    module("google.cloud", bigquery=library)
    module("google.api_core", exceptions=failures)
    module("google.auth")
    module("google.auth.exceptions", DefaultCredentialsError=RuntimeError)
    monkeypatch.setattr(FakeClient, "there", False)
    monkeypatch.setattr(FakeClient, "asked", [])
    recipe = "stages: [{mine_bigquery: {destination: p.d.t, licenses: [MIT]}}]"
    first = built(recipe, tmp_path / "out")
    assert first["mine_bigquery"]["rows_out"] == 2
    (asked,) = FakeClient.asked
    assert ("licenses", "STRING", ["mit"]) in asked["query_parameters"]
    assert asked["destination"] == "p.d.t"
    built(recipe, tmp_path / "other")  # the table is there now
    assert len(FakeClient.asked) == 1


def test_without_the_library_its_name_is_told(tmp_path: Path) -> None:
    try:
        import google.cloud.bigquery  # noqa: F401
    except ImportError:
        with pytest.raises(MissingPackageError, match=r"pip install 'code-reward-bench\[bigquery\]'"):
            built("stages: [{mine_bigquery: {destination: p.d.t}}]", tmp_path / "out")
    else:
        pytest.skip("google-cloud-bigquery is installed")


@pytest.mark.parametrize("since", ["20200101", "1577836800", "2020-01-01 10:00:00"])
def test_the_window_of_an_export_is_told_in_days(since: str, tmp_path: Path) -> None:
    recipe = f"stages: [{{mine_bigquery: {{export: [a.jsonl], since: {since}}}}}]"
    with pytest.raises(CrbError, match="is no day"):
        built(recipe, tmp_path / "out")
