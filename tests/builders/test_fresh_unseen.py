"""unseen: dates that contradict each other, contents that stood there before, changes that were taken back."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

import pytest
from crb_builders.freshness.history import blob_id
from crb_builders.stages.unseen import Unseen, UnseenSettings
from fresh_slices import DAY, FIRST, begun, code, through
from histories import History, Put, git

from crb.errors import CrbError


def test_a_commit_before_the_window_is_out_and_one_of_its_first_second_is_in(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST - 1)
    history.commit(Put(b"a.py", code("alpha", 8)), time=FIRST)
    fates, _ = through(history, tmp_path)
    assert fates == {1: "added", 2: "outside_the_window", 3: "kept"}


def test_the_window_ends_before_its_last_day(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY - 1)
    history.commit(Put(b"a.py", code("alpha", 8)), time=FIRST + DAY)
    fates, _ = through(history, tmp_path, "until=2026-01-02", "mine.until=null")
    assert (fates[2], fates[3]) == ("kept", "outside_the_window")


def test_what_a_branch_had_before_the_window_is_seen_when_it_is_picked_later(tmp_path: Path) -> None:
    history = begun()
    branch = history.commit(Put(b"elsewhere/b.py", code("alpha", 9)), time=FIRST - DAY)
    picked = history.commit(Put(b"a.py", code("alpha", 9)), parents=[1], time=FIRST + DAY)
    fresh = history.commit(Put(b"a.py", code("alpha", 10)), time=FIRST + 2 * DAY)
    fates, _ = through(history, tmp_path)
    assert branch not in fates  # on no way to the head: only its content counts
    assert (fates[picked], fates[fresh]) == ("seen_before_window", "kept")


def test_a_function_that_moves_from_one_file_to_the_other_is_seen(tmp_path: Path) -> None:
    history = begun((b"a.py", code("alpha")), (b"b.py", code("beta")))
    history.commit(Put(b"a.py", code("alpha") + code("beta")), time=FIRST + DAY)
    assert through(history, tmp_path / "1")[0][2] == "seen_before_window"
    fates, (row,) = through(history, tmp_path / "2", "unseen.moved=null")
    assert (fates[2], row["added_seen"]) == ("kept", 1.0)


def test_a_change_whose_old_content_comes_back_is_taken_back(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY)
    history.commit(Put(b"a.py", code("alpha", 8)), time=FIRST + 2 * DAY)
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + 3 * DAY)
    fates, _ = through(history, tmp_path)
    assert (fates[2], fates[3]) == ("kept", "taken_back")


def test_a_change_that_a_message_takes_back_is_reverted(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY)
    id = history.write(tmp_path / "once.git")[-1]
    revert = Put(b"a.py", code("gamma", 3))  # its text tells, not its content
    history.commit(revert, time=FIRST + 2 * DAY, message=b"Back\n\nThis reverts commit %s." % id.encode())
    assert through(history, tmp_path)[0][2] == "reverted"


def test_a_back_dated_commit_casts_doubt_on_those_that_it_descends_from(tmp_path: Path) -> None:
    history = begun()
    for lines, time in ((7, FIRST + DAY), (8, FIRST - DAY), (9, FIRST + 2 * DAY)):
        history.commit(Put(b"a.py", code("alpha", lines)), time=time)
    fates, _ = through(history, tmp_path)
    assert fates == {1: "added", 2: "dates_disagree", 3: "outside_the_window", 4: "kept"}


def test_a_commit_written_before_the_window_and_rebased_into_it_is_out(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY, written=FIRST - 1)
    assert through(history, tmp_path / "1")[0][2] == "written_before_window"
    assert through(history, tmp_path / "2", "unseen.written_inside=false")[0][2] == "kept"


def test_what_is_old_in_a_fresh_pair_is_counted(tmp_path: Path) -> None:
    old = code("alpha", 14)
    history = begun((b"a.py", old))
    new = old.replace(b"    return alpha_13\n", code("omega", 5))
    history.commit(Put(b"a.py", new), time=FIRST + DAY)
    _, (row,) = through(history, tmp_path)
    assert (row["author_time"], row["old_seen"], row["added_seen"]) == (FIRST + DAY, 1.0, 0.0)
    assert row["lines_old"] == pytest.approx(15 / 22)
    words, added = (
        4 + 14 * 4,
        4 + 5 * 4 + 2,
    )  # of both sides; of the new lines behind
    assert row["new_seen"] == pytest.approx((words - 12) / (words + added - 12))


def test_a_repository_that_began_in_the_window_has_no_older_tree(tmp_path: Path) -> None:
    history = History()
    history.commit(Put(b"a.py", code("alpha")), time=FIRST + DAY)
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + 2 * DAY)
    _, (row,) = through(history, tmp_path)
    assert (row["old_seen"], row["new_seen"]) == (0.0, 0.0)


def test_a_history_that_is_cut_short_proves_nothing(tmp_path: Path) -> None:
    history = begun()
    history.commit(Put(b"a.py", code("alpha", 7)), time=FIRST + DAY)
    history.write(tmp_path / "whole.git")
    address = f"file://{tmp_path / 'whole.git'}"
    subprocess.run(["git", "clone", "-q", "--bare", "--depth=1", address, tmp_path / "cut.git"], check=True)
    with pytest.raises(CrbError, match=r"cut short.*2026-01-01") as error:
        Unseen(UnseenSettings(repositories=(tmp_path / "cut.git",), since=datetime.date(2026, 1, 1))).check()
    assert "git fetch --unshallow" in error.value.todo


@pytest.mark.parametrize("text", ["", "x = 1\n", "é\u2028\0\r\n", "x" * 70_000])
def test_a_blob_id_is_the_one_of_git(text: str) -> None:
    assert blob_id(text, "0" * 40) == git(None, "hash-object", "--stdin", stdin=text.encode()).decode().strip()
