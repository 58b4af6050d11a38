"""A judge's answers in the journal: what comes back is what came, found by whose it is, without reading the rest."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crb.engines.generation import CallKey
from crb.errors import DataError
from crb.generation import Failure, Generation, Step, Token, Usage
from crb.runs.answers import KeptAnswers
from crb.runs.codecs import ANSWER_LINES, Answered
from crb.runs.journal import Journal, read_journal
from crb.runs.logprobs import pack, unpack

FINGERPRINT = "0123456789abcdef"
FIRST, SECOND, OTHER = (CallKey("pair-0", case, 0, 0) for case in ("chosen", "rejected", "third"))


def single(number: float) -> float:
    """A number as float32 holds it, which is what engines compute in."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def generation(text: str = "Score: 7", *, steps: bool = True) -> Generation:
    top = (Token("7", single(math.log(0.6)), 22), Token("8", single(math.log(0.4)), 23))
    return Generation(
        text, "stop", Usage(100, 3, 40), (Step(Token("Score", 0.0, 5)), Step(top[0], top)) if steps else ()
    )


def write(path: Path, values: dict[CallKey, Answered]) -> KeptAnswers:
    with Journal(path, FINGERPRINT, ANSWER_LINES) as journal:
        journal.append(values)
    return KeptAnswers([read_journal(path, FINGERPRINT, ANSWER_LINES)])


@pytest.mark.parametrize(
    "answer",
    [
        generation(),
        generation(steps=False),
        generation(""),
        generation("half a character \ud83d, a line\u2028end\n and \U0001f600"),
        Failure("the prompt has 9,000 tokens", permanent=True),
    ],
    ids=["logprobs", "bare", "empty", "odd characters", "failure"],
)
def test_an_answer_comes_back_as_it_came(tmp_path: Path, answer: Generation | Failure) -> None:
    with write(tmp_path / "journal.jsonl", {FIRST: Answered("d" * 16, answer)}) as answers:
        assert answers.get(FIRST, "d" * 16) == answer
        assert answers.get(FIRST) == answer


def test_an_answer_belongs_to_what_was_asked(tmp_path: Path) -> None:
    with write(tmp_path / "journal.jsonl", {FIRST: Answered("d" * 16, generation())}) as answers:
        assert answers.get(FIRST, "e" * 16) is None
        assert answers.get(SECOND, "d" * 16) == generation()  # the same turn of another case
        assert not answers.has_line(SECOND, "d" * 16)
        assert answers.get(SECOND._replace(sample=1), "d" * 16) is None
        assert answers.get(SECOND) is None


def test_a_short_line_refers_to_the_equal_turn(tmp_path: Path) -> None:
    values = {FIRST: Answered("d" * 16, generation()), SECOND: Answered("d" * 16, None)}
    with write(tmp_path / "journal.jsonl", values) as answers:
        assert answers.get(SECOND) == answers.get(SECOND, "d" * 16) == generation()
        assert answers.has_line(SECOND, "d" * 16)
    long, short = (tmp_path / "journal.jsonl").read_bytes().splitlines()[1:]
    assert len(short) < len(long) / 2


def test_of_two_answers_to_one_turn_each_keeps_its_own(tmp_path: Path) -> None:
    one, two = generation("Score: 1"), generation("Score: 2")
    values = {FIRST: Answered("d" * 16, one), SECOND: Answered("d" * 16, two), OTHER: Answered("d" * 16, None)}
    with write(tmp_path / "journal.jsonl", values) as answers:
        assert answers.get(FIRST, "d" * 16) == answers.get(OTHER, "d" * 16) == one
        assert answers.get(SECOND, "d" * 16) == two


def test_what_is_appended_is_found_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal, KeptAnswers() as answers:
        for number in range(5):
            key = FIRST._replace(sample=number)
            answers.learn(journal.append({key: Answered("d" * 16, generation(f"Score: {number}"))}))
            assert answers.get(key, "d" * 16) == generation(f"Score: {number}")


def test_a_sibling_is_taken_over_once(tmp_path: Path) -> None:
    write(tmp_path / "journal.rank1.jsonl", {SECOND: Answered("e" * 16, generation("Score: 2"))})
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal:
        journal.append({FIRST: Answered("d" * 16, generation())})
        for _ in range(2):
            journal.absorb(tmp_path / "journal.rank1.jsonl")
        with KeptAnswers([journal.entries]) as answers:
            assert answers.get(SECOND) == generation("Score: 2")
    assert len((tmp_path / "journal.jsonl").read_bytes().splitlines()) == 3


def test_what_was_asked_anew_in_other_words_is_taken_over_from_a_sibling(tmp_path: Path) -> None:
    sibling = tmp_path / "journal.rank1.jsonl"
    write(sibling, {FIRST: Answered("d" * 16, generation("old"))})
    write(sibling, {FIRST: Answered("e" * 16, generation("new"))})
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal:
        journal.append({FIRST: Answered("d" * 16, generation("old"))})
        for _ in range(2):  # a crash before the sibling is unlinked takes it over once more
            journal.absorb(sibling)
            with KeptAnswers([*journal.replaced, journal.entries]) as answers:
                assert answers.get(FIRST) == answers.get(FIRST, "e" * 16) == generation("new")
                assert answers.get(FIRST, "d" * 16) == generation("old")
        size = len(journal.path.read_bytes())
        journal.absorb(sibling)
        assert len(journal.path.read_bytes()) == size
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal:
        assert [set(each) for each in journal.replaced] == [{FIRST}] * len(journal.replaced)
        assert journal.entries[FIRST].digest == "e" * 16


def test_what_a_leftover_sibling_says_of_older_words_hides_no_newer_answer(tmp_path: Path) -> None:
    write(tmp_path / "journal.rank1.jsonl", {FIRST: Answered("d" * 16, generation("old"))})
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal:
        journal.append({FIRST: Answered("e" * 16, generation("new"))})
        journal.absorb(tmp_path / "journal.rank1.jsonl")
        with KeptAnswers([*journal.replaced, journal.entries]) as answers:
            assert answers.get(FIRST, "e" * 16) == generation("new")


def test_the_last_line_of_a_key_wins_however_far_the_lines_lie_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crb.runs.journal._ABSORB_BYTES", 1)
    write(tmp_path / "other.jsonl", {FIRST: Answered("d" * 16, generation("old"))})
    write(tmp_path / "other.jsonl", {SECOND: Answered("d" * 16, generation("between"))})
    write(tmp_path / "other.jsonl", {FIRST: Answered("e" * 16, generation("new"))})
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, ANSWER_LINES) as journal:
        journal.absorb(tmp_path / "other.jsonl")
        with KeptAnswers([journal.entries]) as answers:
            assert answers.get(FIRST) == generation("new")


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b'"finish":"stop",', b""),
        (b'"digest":"dddddddddddddddd",', b""),
        (b'"text":"Score: 7"', b'"text":null'),
        (b'"finish":"stop"', b'"finish":7'),
        (b'"usage":[100,3,40]', b'"usage":["100",3,40]'),
        (b'"usage":[100,3,40]', b'"usage":[100,3,40,1]'),
        (b'"turn":0', b'"turn":"0"'),
        (b'"sample":0', b'"sample":0.5'),
        (b'"digest":"dddddddddddddddd"', b'"digest":7'),
        (b'"text":"Score: 7"', b'"failed":[]'),
    ],
)
def test_a_damaged_line_is_an_error_with_its_file(tmp_path: Path, part: bytes, instead: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, {FIRST: Answered("d" * 16, generation()), SECOND: Answered("e" * 16, generation())})
    assert part in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(part, instead, 1))
    with (
        pytest.raises(DataError, match="damaged") as caught,
        KeptAnswers([read_journal(path, FINGERPRINT, ANSWER_LINES)]) as answers,
    ):
        answers.get(FIRST)
    assert caught.value.file == str(path)


tokens = st.builds(
    Token,
    st.text(max_size=4),
    st.floats(max_value=0, width=32, allow_nan=False),
    st.none() | st.integers(0, 200_000),
)
steps = st.lists(st.builds(Step, tokens, st.lists(tokens, max_size=4).map(tuple)), max_size=6).map(tuple)


@given(steps=steps)
def test_log_probabilities_come_back_to_the_last_bit_of_float32(steps: tuple[Step, ...]) -> None:
    found = unpack(pack(steps))
    assert found == steps
    assert [hash(step) for step in found] == [hash(step) for step in steps]
    assert [len(step.top) for step in found] == [len(step.top) for step in steps]


def test_alternatives_are_as_good_as_a_tuple() -> None:
    top = unpack(pack(generation().steps))[1].top
    assert (top[0].text, top[-1].text, top[:1]) == ("7", "8", (top[0],))
    assert repr(top) == repr(tuple(top))
    assert Token("8", top[1].logprob, 23) in top


def test_an_alternative_of_no_token_is_found_when_the_answer_is_read() -> None:
    head, _, body = zlib.decompress(base64.b64decode(pack(generation().steps))).partition(b"\n")
    places = np.frombuffer(body, "<u4", 4).copy()
    places[-1] = 3  # behind the three tokens that there are; the last alternative of the last step
    changed = head + b"\n" + places.tobytes() + body[16:]
    with pytest.raises(ValueError, match="damaged"):
        unpack(base64.b64encode(zlib.compress(changed)).decode())


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-8], lambda text: "!" + text, lambda text: text[:40], lambda _: ""]
)
def test_damaged_log_probabilities_are_a_value_error(damage: Any) -> None:
    with pytest.raises(ValueError, match=r"damaged|base64|padding"):
        unpack(damage(pack(generation().steps * 20)))
