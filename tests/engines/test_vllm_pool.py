"""Workers that die, refuse to load or are many: what becomes of the jobs. Without vLLM."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.engines.on_vllm.jobs import Died, Job, Message, Ready
from crb.engines.on_vllm.pool import Pool
from crb.errors import ModelError
from crb.generation import Failure, Generation


class Workers:
    """A team in memory: a worker answers its oldest job at a time, and dies with a job that is poison."""

    def __init__(self, count: int, poison: dict[int, int] | None = None, broken: str | None = None) -> None:
        self.workers = [Worker() for _ in range(count)]
        self.poison = poison or {}  # by job, how many workers it kills
        self.broken = broken
        self.closed = False
        self.loaded = False

    def receive(self) -> list[tuple[int, Message]]:
        if not self.loaded:
            self.loaded = True
            last = len(self.workers) - 1
            return [
                (place, Died(self.broken) if self.broken and place == last else Ready({"place": place}))
                for place in range(len(self.workers))
            ]
        heard: list[tuple[int, Message]] = []
        for place, worker in enumerate(self.workers):
            if worker.jobs and worker.alive:
                job = worker.jobs.pop(0)
                left = self.poison.get(job.number, 0)
                self.poison[job.number] = left - 1
                worker.alive = left <= 0
                answer = Generation(str(job.ids), "stop")
                heard.append((place, [(job.number, answer)] if worker.alive else Died("boom")))
        return heard

    def close(self) -> None:
        self.closed = True


class Worker:
    """Holds jobs."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.alive = True

    def send(self, job: Job) -> None:
        self.jobs.append(job)

    def close(self) -> None:
        """Nothing is held."""


def drain(pool: Pool, count: int) -> dict[int, Generation | Failure]:
    found: dict[int, Generation | Failure] = {}
    while len(found) < count:
        for number, outcome in pool.poll():
            assert number not in found, "answered twice"
            assert not isinstance(outcome, float)
            found[number] = outcome
    return found


@settings(deadline=None)
@given(
    count=st.integers(1, 4), jobs=st.integers(1, 30), poison=st.dictionaries(st.integers(0, 29), st.just(9), max_size=2)
)
def test_every_job_comes_out_once_whoever_dies(count: int, jobs: int, poison: dict[int, int]) -> None:
    team = Workers(count, dict(poison))
    pool = Pool(team, "model m")
    for number in range(jobs):
        pool.submit(Job(number, (number,)))
    found = drain(pool, jobs)
    for number, outcome in found.items():
        if isinstance(outcome, Generation):
            assert outcome.text == f"({number},)"
            assert number not in poison
        else:
            assert not outcome.permanent, "the next start asks it again"
            assert "boom" in outcome.reason
    assert len(pool.lost) == sum(not worker.alive for worker in team.workers)


def test_one_death_loses_no_answer() -> None:
    pool = Pool(Workers(2, {0: 1}), "model m")
    for number in range(6):
        pool.submit(Job(number, (number,)))
    assert all(isinstance(outcome, Generation) for outcome in drain(pool, 6).values())


def test_a_job_that_kills_two_workers_is_given_up_and_the_third_goes_on() -> None:
    pool = Pool(Workers(3, {0: 9}), "model m")
    pool.submit(Job(0, (0,)))
    assert isinstance(drain(pool, 1)[0], Failure)
    pool.submit(Job(1, (1,)))
    assert isinstance(drain(pool, 1)[1], Generation)
    assert len(pool.lost) == 2


def test_jobs_are_shared_out_evenly() -> None:
    team = Workers(3)
    pool = Pool(team, "model m")
    for number in range(9):
        pool.submit(Job(number, (1,)))
    assert [len(worker.jobs) for worker in team.workers] == [3, 3, 3]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("RuntimeError: operator torchvision::nms does not exist", "pip uninstall -y torchvision"),
        ("ValueError: max seq len (131072) is larger than", "VLLM_CPU_KVCACHE_SPACE"),
        ("KeyError: 'lm_head'", "CRB_VLLM_LOG"),
    ],
)
def test_a_worker_that_cannot_load_is_an_error_with_advice_and_the_others_are_stopped(said: str, advice: str) -> None:
    team = Workers(2, broken=said)
    with pytest.raises(ModelError) as caught:
        Pool(team, "model m")
    assert said in caught.value.what
    assert advice in caught.value.todo
    assert team.closed
