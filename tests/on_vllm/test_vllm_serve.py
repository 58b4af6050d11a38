"""A real `vllm serve` on loopback, asked by the endpoint engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from calls import answers, call

from crb.engines.endpoint.engine import EndpointEngine
from crb.engines.endpoint.settings import EndpointSettings
from crb.generation import Failure, Generation

_START = 400.0  # seconds that the server gets: three processes that import torch, one after the other


@contextmanager
def served(folder: Path, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--dtype", "bfloat16", "--max-model-len", "2048", "--enforce-eager", "--generation-config", "vllm"]
    command = [*_server(), str(folder), "--served-model-name", "smol"]
    environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), *options],
            stdout=out,
            stderr=out,
            env=environment,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1", process
    finally:
        with suppress(ProcessLookupError):  # it died by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _server() -> list[str]:
    """`vllm serve`, or, of vllm-cpu, whose command stops looking for a version of `vllm`, what that command starts."""
    try:
        version("vllm")
    except PackageNotFoundError:
        return [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model"]
    return [str(Path(sys.executable).with_name("vllm")), "serve"]


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError(f"no server after {_START} s: {log.read_text(errors='replace')[-3000:]}")


def test_the_endpoint_engine_asks_a_real_server_and_survives_its_death(smol: Path, tmp_path: Path) -> None:
    with served(smol, tmp_path / "serve.log") as (address, process):
        engine = EndpointEngine(EndpointSettings(base_url=address, model="smol", concurrency=4, patience=5.0))
        try:
            found = answers(engine, [*map(call, range(6)), call(9, text="word " * 3000)])
            long = found.pop("item-9")
            assert isinstance(long, Failure)
            assert long.permanent
            for answer in found.values():
                assert isinstance(answer, Generation)
                assert answer.finish_reason in ("stop", "length")
                assert 0 <= answer.usage.completion_tokens - len(answer.steps) <= 1  # the ending token may be left out
                assert "".join(step.token.text for step in answer.steps).startswith(answer.text)
                assert all(len(step.top) >= 20 for step in answer.steps)
            engine.submit(call(1, tokens=1500))
            os.killpg(process.pid, signal.SIGKILL)
            ((_, failure),) = engine.poll()
            assert isinstance(failure, Failure)
            assert not failure.permanent
        finally:
            engine.close()
