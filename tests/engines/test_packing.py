"""Every request travels once, within the budget, in an order that only the requests and the budget decide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crb.engines.forest import build
from crb.engines.packing import batches, groups
from crb.requests import Request
from crb.tokens import Tokens


def request(item: int, candidate: int, system: str | None, ids: list[int]) -> Request:
    tokens = Tokens(np.asarray(ids, dtype=np.int32), 0, len(ids))
    return Request(((f"i{item}", str(candidate)),), system, tokens, (len(ids) - 1,))


@st.composite
def requests(draw) -> list[Request]:
    found = []
    for item in range(draw(st.integers(1, 8))):
        system = draw(st.sampled_from([None, "one", "two"]))
        opening = {None: [], "one": [7, 7, 7], "two": [8, 8]}[system]
        prompt = draw(st.lists(st.integers(0, 2), min_size=1, max_size=5))
        for candidate in range(draw(st.integers(2, 4))):
            response = draw(st.lists(st.integers(0, 2), min_size=1, max_size=6))
            found.append(request(item, candidate, system, [*opening, *prompt, *response]))
    return found


def plan(found: list[Request], budget: int):
    return [batch for group in groups(found) for batch in batches(group, budget)]


@given(requests(), st.integers(1, 40))
def test_each_request_travels_once(found, budget):
    travelled = [r.key for batch in plan(found, budget) for r in batch.requests]
    assert sorted(travelled) == sorted(r.key for r in found)


@given(requests(), st.integers(1, 40))
def test_a_batch_keeps_to_the_budget_unless_it_is_one_request(found, budget):
    for batch in plan(found, budget):
        stored = len(build([r.tokens.ids[len(batch.prefix) :] for r in batch.requests]))
        assert stored <= budget or len(batch.requests) == 1


@given(requests(), st.integers(1, 40))
def test_all_requests_of_a_batch_start_with_its_prefix_and_are_read_behind_it(found, budget):
    for batch in plan(found, budget):
        for r in batch.requests:
            assert r.tokens.ids[: len(batch.prefix)].tolist() == batch.prefix.tolist()
            assert min(r.positions) >= len(batch.prefix)


@given(requests(), st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_requests(found, budget, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    keys = [[r.key for r in batch.requests] for batch in plan(found, budget)]
    assert [[r.key for r in batch.requests] for batch in plan(shuffled, budget)] == keys


@given(requests())
def test_under_a_wide_budget_a_system_prompt_is_one_batch(found):
    assert len(plan(found, 10_000)) == len({r.system or "" for r in found})


@given(requests())
def test_what_a_group_shares_is_computed_once_as_far_as_it_may_be(found):
    for group in groups(found):
        n = len(group.prefix)
        read = min(min(r.positions) for r in group.requests)
        assert n == read or len({int(r.tokens.ids[n]) for r in group.requests}) > 1


@given(requests(), st.integers(1, 40))
def test_the_candidates_of_an_item_travel_together_where_they_fit(found, budget):
    for group in groups(found):
        items = {r.key[0]: [one for one in group.requests if one.key[0] == r.key[0]] for r in group.requests}
        for batch in batches(group, budget):
            for item in {r.key[0] for r in batch.requests}:
                alone = len(build([r.tokens.ids[len(group.prefix) :] for r in items[item]]))
                inside = [r for r in batch.requests if r.key[0] == item]
                assert len(inside) == len(items[item]) or alone > budget


def test_equal_prompts_travel_side_by_side_and_are_paid_for_once():
    # Two prompts of four tokens, each of two items whose one response has one token: 2 * (4 + 1 + 1) tokens.
    found = [
        request(item, 0, None, [*prompt, item])
        for item, prompt in enumerate([[5, 1, 1, 1], [6, 2, 2, 2], [5, 1, 1, 1], [6, 2, 2, 2]])
    ]
    first, second = plan(found, 6)
    assert [r.key[0] for r in first.requests] == ["i0", "i2"]
    assert [r.key[0] for r in second.requests] == ["i1", "i3"]
    assert len(plan(found, 12)) == 1  # exactly what they take
    assert len(plan(found, 11)) == 2
    assert len(plan(found, 5)) == 4  # behind another batch nothing is shared, and all five tokens count


@pytest.mark.parametrize(
    ("budget", "sizes"),
    [(10, [3]), (9, [2, 1]), (8, [2, 1]), (7, [1, 1, 1]), (1, [1, 1, 1])],
)
def test_an_item_beyond_the_budget_is_divided_and_no_sooner(budget, sizes):
    # The two share five tokens and add two: 8 together. The third shares nothing and adds 2.
    found = [
        request(0, 0, None, [1, 1, 1, 2, 2, 2]),
        request(0, 1, None, [1, 1, 1, 2, 2, 3, 3]),
        request(1, 0, None, [4, 4]),
    ]
    assert [len(batch.requests) for batch in plan(found, budget)] == sizes


def test_an_item_that_takes_the_whole_budget_is_not_divided_to_fill_the_batch_before():
    found = [
        request(0, 0, None, [1, 1]),
        request(1, 0, None, [2, 2, 2, 3, 3, 3]),
        request(1, 1, None, [2, 2, 2, 3, 3, 4, 4]),
    ]
    assert [len(batch.requests) for batch in plan(found, 8)] == [1, 2]
    assert [len(batch.requests) for batch in plan(found, 7)] == [1, 1, 1]


def test_what_a_system_prompt_shares_counts_for_no_batch():
    found = [request(item, 0, "one", [7, 7, 7, item, item]) for item in range(4)]
    assert [len(batch.requests) for batch in plan(found, 4)] == [2, 2]
    assert [len(batch.requests) for batch in plan(found, 3)] == [1, 1, 1, 1]


@given(requests())
def test_a_batch_that_memory_refuses_is_divided_in_the_middle_until_it_is_one_request(found):
    for batch in plan(found, 10_000):
        halves = batch.halves()
        if halves is None:
            assert len(batch.requests) == 1
            continue
        first, second = halves
        assert first.requests + second.requests == batch.requests
        assert abs(len(first.requests) - len(second.requests)) <= 1
        assert first.prefix is batch.prefix
        assert second.prefix is batch.prefix
