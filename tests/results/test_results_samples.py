"""Which run's samples an entry was made of: the name says where to look, the counts decide."""

from __future__ import annotations

from pathlib import Path

import pytest
from result_doubles import make_run

from crb.results.adding import add_runs
from crb.results.comparing import samples_of
from crb.results.store import read_entries


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_run_under_a_short_name_counts_for_the_owner_whose_counts_it_has(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    for seed, name in enumerate(("first/judge", "second/judge")):
        add_runs(tmp_path / "results", [make_run(tmp_path / name, name, seed)])
    entries = read_entries(tmp_path / "results", "crb-mini")
    copies = [make_run(tmp_path / f"copy-{seed}", "judge", seed) for seed in order]
    found = samples_of(copies, entries)
    for seed, name in enumerate(("first/judge", "second/judge")):
        assert found[name].equals(copies[order.index(seed)].pairs())
    stranger = make_run(tmp_path / "stranger", "judge", seed=7)
    assert not any(name.endswith("/judge") for name in samples_of([stranger], entries))
