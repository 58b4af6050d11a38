"""The page of all errors and the code say the same, both ways; tests/evaluation provokes those that are explained."""

from __future__ import annotations

from error_sentences import PAGE, page, sentences


def test_the_page_of_all_errors_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/house/error_sentences.py"


def test_the_sentences_are_found() -> None:
    found = {sentence.text for sentence in sentences()}
    assert len(found) > 400
    assert {"the token budget must be positive", "unknown dtype ...", "the folder holds no weights"} <= found


def test_nearly_every_error_has_a_next_step() -> None:
    found = [sentence for sentence in sentences() if sentence.text]
    without = [sentence for sentence in found if not sentence.todo]
    assert len(without) < 0.1 * len(found), [sentence.text for sentence in without]
