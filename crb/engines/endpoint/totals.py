"""What an endpoint was asked and what it took: counted over an engine's life, told in run.json.

Counts are of this start of a run. What a whole run took over several starts is in its journal: each generation has its
usage there, and `EndpointSettings.cost` makes dollars of it.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from crb.engines.endpoint.settings import EndpointSettings
from crb.engines.endpoint.wire import Reply
from crb.generation import Usage


class Totals:
    """Counts that one thread writes and another reads."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._usage = Usage()
        self._told = 0.0  # dollars that the server itself named
        self._telling = 0
        self._counts: Counter[str] = Counter()
        self._retries: Counter[str] = Counter()
        self._models: Counter[str] = Counter()
        self._fingerprints: Counter[str] = Counter()

    def answered(self, reply: Reply, *, logprobs: bool) -> None:
        """Count an answer; `logprobs`: whether log-probabilities were asked for."""
        usage = reply.generation.usage
        with self._lock:
            self._usage = Usage(
                self._usage.prompt_tokens + usage.prompt_tokens,
                self._usage.completion_tokens + usage.completion_tokens,
                self._usage.cached_tokens + usage.cached_tokens,
            )
            self._counts["answered"] += 1
            self._counts["with_reasoning"] += reply.reasoned
            if logprobs:
                self._counts["with_logprobs" if reply.generation.steps else "logprobs_withheld"] += 1
            if reply.cost is not None:
                self._told += reply.cost
                self._telling += 1
            self._models[reply.model] += 1
            self._fingerprints[reply.fingerprint] += 1

    def retried(self, why: str) -> None:
        """Count a try that gave no answer."""
        with self._lock:
            self._retries[why] += 1

    def failed(self) -> None:
        """Count a call that was given up."""
        with self._lock:
            self._counts["failed"] += 1

    @property
    def usage(self) -> Usage:
        """Tokens of all answers."""
        with self._lock:
            return self._usage

    @property
    def dollars(self) -> float | None:
        """As the server told with every answer, else by the prices in the settings; None where neither is there."""
        with self._lock:
            if self._telling and self._telling == self._counts["answered"]:
                return self._told
            return self._settings.cost(self._usage)

    def about(self) -> dict[str, Any]:
        """All of it, as JSON."""
        dollars = self.dollars
        with self._lock:
            usage = self._usage
            return {
                "answered_by": sorted(filter(None, self._models))[:20],
                "fingerprints": sorted(filter(None, self._fingerprints))[:20],
                "calls": {name: self._counts[name] for name in ("answered", "failed", "with_reasoning")},
                "logprobs": {"given": self._counts["with_logprobs"], "withheld": self._counts["logprobs_withheld"]},
                "retries": dict(sorted(self._retries.items())),
                "usage": {
                    "prompt_tokens": usage.prompt_tokens,
                    "completion_tokens": usage.completion_tokens,
                    "cached_tokens": usage.cached_tokens,
                },
                "dollars": dollars,
            }
