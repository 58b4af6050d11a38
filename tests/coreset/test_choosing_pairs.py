"""The choice of pairs: places by criterion, one pair of every step of difficulty, the known runs kept in balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import draw

from crb.coreset.choosing import choose, places
from crb.coreset.irt import fit
from crb.errors import UsageError


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=6), st.data())
def test_places_add_up_and_no_criterion_gets_too_few_or_more_than_it_has(sizes: list[int], data: st.DataObject) -> None:
    least = data.draw(st.integers(1, 50))
    total = data.draw(st.integers(sum(min(least, size) for size in sizes), sum(sizes)))
    found = places(sizes, total, least)
    assert sum(found) == total
    for got, size in zip(found, sizes, strict=True):
        assert min(least, size) <= got <= size


def test_places_of_the_benchmark() -> None:
    assert places([4778, 1309, 289, 1499, 991], 500, 40) == [256, 70, 40, 81, 53]
    assert places([4778, 1309, 289, 1499, 991], 500, 0) == [269, 74, 16, 85, 56]
    with pytest.raises(UsageError, match="cannot be drawn"):
        places([100, 100], 500, 40)


def test_every_step_of_difficulty_gives_one_pair_and_equal_input_gives_equal_pairs() -> None:
    material = draw().material
    easy = fit(material.right, material.numbers).intercept
    chosen = choose(easy, material.right, material.labels(), material.numbers, [30, 20])
    assert np.array_equal(chosen, choose(easy, material.right, material.labels(), material.numbers, [30, 20]))
    for k, (count, size) in enumerate([(30, 300), (20, 120)]):
        members = np.flatnonzero(material.numbers == k)
        ranks = np.searchsorted(np.sort(easy[members]), easy[chosen[np.isin(chosen, members)]])
        assert sorted(ranks // (size // count)) == list(range(count))


def test_known_runs_are_as_good_on_the_chosen_pairs_as_on_all() -> None:
    material = draw().material
    easy = fit(material.right, material.numbers).intercept
    chosen = choose(easy, material.right, material.labels(), material.numbers, [30, 20])
    generator = np.random.default_rng(1)
    for k, count in enumerate([30, 20]):
        members = np.flatnonzero(material.numbers == k)
        whole = material.right[:, members].mean(axis=1)
        ours = np.abs(material.right[:, chosen[np.isin(chosen, members)]].mean(axis=1) - whole).mean()
        drawn = [generator.choice(members, count, replace=False) for _ in range(20)]
        assert ours < 0.7 * np.mean([np.abs(material.right[:, rows].mean(axis=1) - whole).mean() for rows in drawn])
