"""The window of a fresh slice: days that are none, that are to come, and windows without commits; shared settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from crb_builders.recipe import parse, read_recipe, shipped
from fresh_slices import DAY, FIRST, begun, code
from histories import Put

from crb.errors import CrbError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a commit on 2025-12-02 and one on 2026-01-02."""
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY)
    history.write(tmp_path / "one.git")
    return tmp_path / "one.git"


@pytest.mark.parametrize(
    ("overrides", "what", "todo"),
    [
        ((), "the day on which the window begins is missing", ""),
        (("since=soon",), "'soon' is no day; write e.g. 2026-01-31", ""),
        (("since=20260101",), "'20260101' is no day", ""),
        (("since=2026-02-30",), "the value is not YAML: '2026-02-30'", ""),
        (("since=2026-01-01", "until=2026-01-01"), "the window ends on 2026-01-01", ""),
        (("since=2999-01-01",), "the window begins on 2999-01-01, and that day is still to come", "a day that is past"),
        (
            ("since=2026-01-03",),
            "no repository has a commit in the window from 2026-01-03 on; the newest commit is of 2026-01-02, in one",
            "--set since=DAY",
        ),
        (("since=2025-12-03", "until=2026-01-01"), "in the window from 2025-12-03 to before 2026-01-01", "earlier day"),
        (("since=2026-01-01", "repositories=[]"), "repositories", ""),
        (
            ("since=2026-01-01", "stars=5"),
            "'stars=5' is no setting",
            "without a step: seed, repositories, since, until",
        ),
    ],
)
def test_a_window_that_gives_nothing_is_refused_before_any_stage(
    folder: Path, overrides: tuple[str, ...], what: str, todo: str
) -> None:
    with pytest.raises(CrbError) as error:
        read_recipe("fresh", [f"repositories=[{folder}]", *overrides])
    assert what in str(error.value)
    assert todo in str(error.value)
    assert error.value.todo


def test_a_window_with_a_commit_is_taken(folder: Path) -> None:
    recipe = read_recipe("fresh", [f"repositories=[{folder}]", "since=2026-01-02", "until=2026-01-03"])
    assert {step.settings["since"].isoformat() for step in recipe.steps if "since" in step.settings} == {"2026-01-02"}
    assert [step.name for step in recipe.steps if "repositories" in step.settings] == [
        *("mine", "pull_requests", "unseen", "slice")
    ]


def test_the_recipe_is_shipped_and_named_where_a_name_is_unknown() -> None:
    assert "fresh" in shipped()
    with pytest.raises(CrbError, match="did you mean fresh"):
        read_recipe("fresch")


SHARING = (
    "shared: {keep: [Python], message_min: 3}\nstages: [mine: {repositories: [%s], message_min: 5}, languages: {}]"
)


def test_stages_share_a_setting_unless_they_say_otherwise(folder: Path) -> None:
    def settings(*overrides: str) -> list[object]:
        mine, languages = parse(SHARING % folder, name="x", source="x", overrides=overrides).steps
        return [mine.settings["message_min"], languages.settings["keep"]]

    assert settings() == [5, ["Python"]]
    assert settings("keep=[C]", "message_min=7") == [5, ["C"]]
    assert settings("keep=[C]", "languages.keep=[Go]", "mine.message_min=9") == [9, ["Go"]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("shared: {sincce: 2026-01-01}\nstages: [languages]", "no stage has the shared setting 'sincce'"),
        ("shared: [since]\nstages: [languages]", "what stages share is no mapping"),
    ],
)
def test_what_is_shared_by_nobody_is_refused(text: str, what: str) -> None:
    with pytest.raises(CrbError, match=what):
        parse(text, name="x", source="x")


def test_the_page_of_errors_says_what_the_code_says() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "fresh-slices.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `([^`]+)`", page.partition("\n## What it refuses\n")[2].partition("\n## ")[0])
    code = [path.read_text(encoding="utf-8") for path in (root / "builders" / "crb_builders").rglob("*.py")]
    assert len(rows) >= 9
    for row in rows:
        parts = [part.strip() for part in row.split("...") if part.strip()]
        assert any(all(part in text for part in parts) for text in code), row
