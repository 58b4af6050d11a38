"""The page of all errors and the code say the same, both ways; tests/evaluation provokes those that are explained."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from error_reading import Code
from error_sentences import FAMILY, PAGE, page, sentences, without_a_step, worded


def test_the_page_of_all_errors_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/house/error_sentences.py"


def test_the_sentences_are_found() -> None:
    found = {sentence.text for sentence in sentences()}
    assert len(found) > 400
    assert {"the token budget must be positive", "unknown dtype ...", "the folder holds no weights"} <= found


def test_every_error_has_a_next_step() -> None:
    without = [f"{sentence.part}: {sentence.text}" for sentence in sentences() if sentence.text and not sentence.todo]
    assert not without, "give todo=..., or say what to report: error_sentences.py shows none for these"
    assert not without_a_step(), "an error is made without todo=..."


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("""
         def check(rows):
             what = "no rows"
             if rows:
                 what, todo = "too many rows", "leave some out"
                 raise DataError(what, todo=todo)
             raise DataError(what, todo="add some")
         """, {("no rows", "add some"), ("too many rows", "leave some out")}),
        ("""
         def fault(what, todo="mend it"):
             return DataError(f"row: {what}", todo=todo)
         def first(): raise fault("empty")
         def second(): raise fault("too long", "cut it")
         """, {("row: empty", "mend it"), ("row: too long", "cut it")}),
        ("""
         HINTS = (("memory", "close programs"), ("disk", "free space"))
         def died(why):
             hint = next((todo for word, todo in HINTS if word in why), None or "see the log")
             return ModelError(f"it died: {why}", todo=hint)
         """, {("it died: ...", "close programs; or free space; or see the log")}),
        ('raise UsageError("that is not possible")', {("that is not possible", "")}),
    ],
)  # fmt: skip
def test_a_sentence_is_beside_its_own_next_step(code: str, told: set[tuple[str, str]], tmp_path: Path) -> None:
    file = tmp_path / "read.py"
    file.write_text(dedent(code))
    read = Code([file])
    calls = read.calls(read.trees[file], FAMILY)
    assert {pair for scope, call in calls for pair in worded(read, scope, call)} == told
