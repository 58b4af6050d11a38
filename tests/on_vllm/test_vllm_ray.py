"""Two copies of the model under a Ray on this machine: the answers of one, and those of a copy that is lost."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec

import pytest
from calls import answers, bits, call

from crb.engines.on_vllm.cluster import RayEngine
from crb.engines.on_vllm.generation import VllmEngine, VllmSettings
from crb.errors import UsageError
from crb.generation import Generation

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: make test-engines")
CALLS = [call(number, temperature=0.8 * (number % 2)) for number in range(8)]


@pytest.mark.timeout(900)
def test_two_workers_write_what_one_writes_and_one_writes_on_when_the_other_dies(
    engine: VllmEngine, smol_settings: VllmSettings
) -> None:
    expected = bits(answers(engine, CALLS))
    engine.close()  # one vLLM less on a small machine
    workers = RayEngine(smol_settings, 2)
    try:
        assert workers.about()["workers"] == 2
        assert bits(answers(workers, CALLS)) == expected
        for one in CALLS:
            workers.submit(one)
        os.kill(_process(workers, 0), signal.SIGKILL)
        found = {}
        while len(found) < len(CALLS):
            found |= {one.keys[0].item: answer for one, answer in workers.poll()}
        assert all(isinstance(answer, Generation) for answer in found.values())
        assert bits(found) == expected
        assert "SIGKILL" in workers.about()["workers_lost"][0]
    finally:
        workers.close()


def test_more_gpus_than_the_cluster_has_are_refused(smol_settings: VllmSettings) -> None:
    ray = pytest.importorskip("ray")
    ray.init(address="local", num_gpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
    try:
        with pytest.raises(UsageError, match="2 workers with 1 GPUs each need 2, the Ray cluster has 1"):
            RayEngine(smol_settings, 2)
    finally:
        ray.shutdown()


def _process(workers: RayEngine, place: int) -> int:
    """The process that computes for an actor."""
    import ray

    return int(ray.get(workers._pool._team.workers[place]._actor.pid.remote()))  # type: ignore[attr-defined]
