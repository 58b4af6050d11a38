"""The journal: what was appended is there, what a crash tore is cut off, what is damaged is refused with its row."""

from __future__ import annotations

import fcntl
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from fuzzing import cases
from hypothesis import given
from hypothesis import strategies as st
from limits import no_file_beyond

from crb.errors import CrbError, DataError
from crb.readings import Reading
from crb.requests import Key
from crb.runs.codecs import READING_LINES
from crb.runs.journal import Journal, holds_entries, read_journal
from crb.vocabulary import Status

FINGERPRINT = "0123456789abcdef"
Readings = dict[Key, Reading]
READINGS: Readings = {
    ("pair-0", "chosen"): Reading.of(0.1 + 0.2),
    ("pair-0", "rejected"): Reading.of(-1e-300),
    ("pair-\u03bb\U0001f600", "chosen"): Reading.of(7.0, truncated=True),
    ("pair-\u2028\n", "rejected"): Reading(Status.ERROR, reason="the model returned nan"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A whole journal with `READINGS`."""
    path = tmp_path / "run" / "journal.jsonl"
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        journal.append(READINGS)
    return path


def reopened(path: Path) -> tuple[Readings, bool]:
    """What a journal holds when it is opened again, and whether it was repaired."""
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        return dict(journal.entries), journal.repaired


def test_a_new_journal_holds_its_header_alone(tmp_path: Path) -> None:
    with Journal(tmp_path / "new" / "journal.jsonl", FINGERPRINT, READING_LINES) as journal:
        assert journal.entries == {}
        assert json.loads(journal.path.read_bytes()) == {"journal": 1, "fingerprint": FINGERPRINT}


def test_what_was_appended_is_on_disk_before_append_returns(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, READING_LINES) as journal:
        for key, reading in READINGS.items():
            journal.append({key: reading})
            assert read_journal(journal.path, FINGERPRINT, READING_LINES)[key] == reading
        assert journal.entries == READINGS


def test_readings_come_back_to_the_last_bit(path: Path) -> None:
    assert reopened(path) == (READINGS, False)


def test_a_later_reading_of_a_candidate_replaces_the_earlier_one(path: Path) -> None:
    again = {("pair-0", "chosen"): Reading.of(2.0)}
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        journal.append(again)
    assert reopened(path)[0] == READINGS | again


@pytest.mark.parametrize(
    "torn",
    [
        b'{"item":"pair-9","cand',
        b'{"item":"pair-9","candidate":"chosen","status":"ok","score":1.0}',  # whole, but for its newline
        '{"item":"pair-\u03bb'.encode()[:-1],
        b"\xff\xfe\x00garbage",
        b"garbage\n",
        b"\x00\x00\x00\x00\n",
        b"[1]\n",
        b"{" * 100_000,
        b"\n",
    ],
    ids=["mid-line", "no newline", "half a character", "bytes", "garbage", "zeros", "no object", "deep", "blank"],
)
def test_a_torn_last_line_is_cut_off(path: Path, torn: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert read_journal(path, FINGERPRINT, READING_LINES) == READINGS  # reading alone changes nothing
    assert path.read_bytes() == whole + torn
    assert reopened(path) == (READINGS, True)
    assert path.read_bytes() == whole


def test_a_damaged_line_before_a_torn_one_is_refused_and_not_cut_off_with_it(path: Path) -> None:
    rows = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes() + b'garbage\n{"item":"pair-9","cand')
    before = path.read_bytes()
    with pytest.raises(DataError, match="journal is damaged") as caught:
        Journal(path, FINGERPRINT, READING_LINES)
    assert (caught.value.row, path.read_bytes()) == (rows + 1, before)


@pytest.mark.parametrize("torn", [b"{", b'{"journal":1,"finger'])
def test_a_journal_torn_in_its_header_starts_anew(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(torn)
    assert read_journal(path, FINGERPRINT, READING_LINES) == {}
    assert reopened(path) == ({}, True)
    assert reopened(path) == ({}, False)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b'{"item":"pair-0","candidate":"chosen"}',
        b'{"item":"pair-0","candidate":"chosen","status":"splendid","score":1.0}',
        b'{"item":"pair-0","candidate":"chosen","status":"ok"}',
        b'{"item":"pair-0","candidate":"chosen","status":"ok","score":NaN}',
        b'{"item":"pair-0","candidate":"chosen","status":"ok","score":"1.0"}',
        b'{"item":"pair-0","candidate":"chosen","status":"ok","score":true}',
        b'{"item":"pair-0","candidate":"chosen","status":"ok","score":1' + b"0" * 400 + b"}",
        b'{"item":"pair-0","candidate":"chosen","status":"error","reason":7}',
        b'{"item":"pair-0","candidate":null,"status":"ok","score":1.0}',
        b'{"item":["pair-0"],"candidate":"chosen","status":"ok","score":1.0}',
        b"[1]",
        b"\xff",
        b"",
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_in_the_middle_is_refused_with_its_row(path: Path, line: bytes) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[2] = line
    path.write_bytes(b"\n".join(lines))
    before = path.read_bytes()
    with pytest.raises(DataError, match="journal is damaged") as caught:
        Journal(path, FINGERPRINT, READING_LINES)
    assert (caught.value.file, caught.value.row) == (str(path), 3)
    assert "delete this line" in caught.value.todo
    assert path.read_bytes() == before


def test_another_configuration_is_refused_and_nothing_is_touched(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(DataError, match="belongs to another configuration") as caught:
        Journal(path, "f" * 16, READING_LINES)
    assert (caught.value.file, caught.value.row, caught.value.field) == (str(path), 1, "fingerprint")
    assert path.read_bytes() == before


def test_a_journal_without_a_reading_binds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "f" * 16, READING_LINES).__exit__(None, None, None)
    assert not holds_entries(tmp_path)
    assert read_journal(path, FINGERPRINT, READING_LINES) == {}
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        assert not journal.repaired
        journal.append(READINGS)
    assert holds_entries(tmp_path)
    assert reopened(path) == (READINGS, False)


def test_a_later_format_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'{"journal":1', b'{"journal":2'))
    with pytest.raises(DataError, match="format 2, this version reads 1"):
        Journal(path, FINGERPRINT, READING_LINES)


@pytest.mark.parametrize(
    ("header", "what"),
    [(b'{"journal":2,"fingerprint":"0123456789abcdef"}\n', "format 2"), (b'{"finger":1}\n', "journal is damaged")],
)
def test_a_header_alone_is_refused_where_another_version_wrote_it(tmp_path: Path, header: bytes, what: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(header)
    with pytest.raises(DataError, match=what) as caught:
        Journal(path, FINGERPRINT, READING_LINES)
    assert (caught.value.file, caught.value.row) == (str(path), 1)
    assert path.read_bytes() == header


def test_a_journal_makes_the_folders_it_lies_in(tmp_path: Path) -> None:
    with Journal(tmp_path / "model" / "benchmark" / "journal.jsonl", FINGERPRINT, READING_LINES) as journal:
        journal.append(READINGS)
    assert reopened(journal.path) == (READINGS, False)


def test_a_second_writer_is_refused_until_the_first_is_done(path: Path) -> None:
    with Journal(path, FINGERPRINT, READING_LINES) as first:
        with pytest.raises(CrbError, match="another process is writing this run") as caught:
            Journal(path, FINGERPRINT, READING_LINES)
        assert str(path) in caught.value.where
        assert "--out" in caught.value.todo
        first.append({("pair-9", "chosen"): Reading.of(1.0)})
    assert ("pair-9", "chosen") in reopened(path)[0]


def test_a_journal_that_was_taken_back_while_it_was_opened_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that fails removes its empty journal: readings in a file without a name would be lost without a word."""
    path = tmp_path / "journal.jsonl"
    lock = fcntl.flock

    def flock(file: Any, how: int) -> None:
        path.unlink()
        lock(file, how)

    monkeypatch.setattr("crb.runs.journal.fcntl.flock", flock)
    with pytest.raises(CrbError, match="another process is writing this run"):
        Journal(path, FINGERPRINT, READING_LINES)


@pytest.mark.parametrize("count", [100, 1000], ids=["below a buffer", "above a buffer"])
def test_a_disk_that_fills_up_leaves_no_torn_batch_and_loses_nothing(path: Path, count: int) -> None:
    batch = {(f"pair-{i}", "chosen"): Reading.of(float(i)) for i in range(count)}
    whole = path.read_bytes()
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        with no_file_beyond(len(whole) + 30 * count), pytest.raises(CrbError, match="File too large") as caught:
            journal.append(batch)
        assert str(path) in caught.value.where
        assert journal.entries == READINGS
    assert path.read_bytes() == whole  # there is room again, but closing writes no remains
    with Journal(path, FINGERPRINT, READING_LINES) as journal:
        journal.append(batch)
    assert reopened(path) == (READINGS | batch, False)


def test_a_journal_in_place_of_a_folder_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CrbError, match="cannot write") as caught:
        Journal(tmp_path / "file" / "journal.jsonl", FINGERPRINT, READING_LINES)
    assert str(tmp_path / "file" / "journal.jsonl") in caught.value.where


def test_a_journal_of_another_configuration_is_taken_over_only_under_its_own_fingerprint(tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    with Journal(other, "f" * 16, READING_LINES) as journal:
        journal.append(READINGS)
    own = {("pair-0", "chosen"): Reading.of(5.0)}
    with Journal(tmp_path / "journal.jsonl", FINGERPRINT, READING_LINES) as journal:
        journal.append(own)
        with pytest.raises(DataError, match="belongs to another configuration"):
            journal.absorb(other)
        assert journal.entries == own
        journal.absorb(other, "f" * 16)
        assert journal.entries == READINGS | own
    assert reopened(tmp_path / "journal.jsonl") == (READINGS | own, False)


scores = st.one_of(st.floats(allow_nan=False, allow_infinity=False).map(Reading.of), st.just(Reading.of(float("nan"))))
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6)
batches = st.lists(st.dictionaries(st.tuples(words, words), scores, min_size=1, max_size=3), max_size=4)


@given(batches=batches, data=st.data())
@cases(60)
def test_wherever_the_file_is_cut_a_prefix_survives_and_the_rest_can_be_added(
    batches: list[Readings], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        with Journal(path, FINGERPRINT, READING_LINES) as journal:
            for batch in batches:
                journal.append(batch)
        whole = path.read_bytes()
        written = [entry for batch in batches for entry in batch.items()]
        cut = data.draw(st.integers(0, len(whole)), label="cut")
        path.write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")  # whole lines, the header included
        survivors = written[: max(0, lines - 1)]
        assert read_journal(path, FINGERPRINT, READING_LINES) == dict(survivors)
        with Journal(path, FINGERPRINT, READING_LINES) as journal:
            assert journal.entries == dict(survivors)
            assert journal.repaired == (whole[:cut].rpartition(b"\n")[2] != b"")
            for key, reading in written[len(survivors) :]:
                journal.append({key: reading})
        assert path.read_bytes() == whole  # as if nothing had happened
