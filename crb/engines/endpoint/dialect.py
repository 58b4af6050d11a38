"""What a request looks like to one server: OpenAI's parameters, less those that it turned out not to take.

Servers refuse what they do not know with words of their own. A parameter that is refused by name is left out of every
later request and told in run.json; one that the server took once is never left out, so that a run does not change its
measure half-way.
"""

from __future__ import annotations

import json
import re
from typing import Any

from crb.engines.endpoint.settings import EndpointSettings
from crb.engines.generation import Call
from crb.errors import UsageError

_MOST_LOGPROBS = (20, 5)  # what OpenAI and vLLM give; what several other servers give at most
_OPTIONS = {  # what may be left out: the words that name it
    "logprobs": ("logprobs", "top_logprobs"),
    "chat_template_kwargs": ("chat_template_kwargs", "enable_thinking"),
    "top_k": ("top_k",),
    "seed": ("seed",),
    "stop": ("stop",),
    "top_p": ("top_p",),
    "temperature": ("temperature",),
}
_PLAIN_WORDS = ("seed", "stop")  # count only in quotes, or as the parameter that the server says is at fault
_REFUSING = re.compile(
    r"(?i)support|unknown|unrecogni[sz]ed|not (?:permitted|allowed|available|implemented|enabled)|extra|unexpected"
    r"|invalid|disabled|must be|less than|greater than|at most|max allowed|cannot|maximum"
)
_LEADING = 600  # characters of a message that are looked at: what follows may repeat the prompt


class Dialect:
    """Builds requests, and learns from refusals."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._length = "max_tokens"
        self._most_logprobs = _MOST_LOGPROBS[0]
        self._left_out: dict[str, str] = {} if settings.logprobs is not False else {"logprobs": "not asked for"}
        self._accepted: set[str] = set()

    def body(self, call: Call, most: int | None = None) -> dict[str, Any]:
        """The request of a call, as a JSON object; `most` tokens of an answer where fewer fit than are wanted."""
        turn, sampling = call.turn, call.turn.sampling
        body: dict[str, Any] = {
            "model": self._settings.model,
            "messages": [{"role": message.role, "content": message.content} for message in turn.messages],
            self._length: sampling.max_tokens if most is None else min(most, sampling.max_tokens),
            "temperature": sampling.temperature,
            "seed": call.seed,
        }
        if sampling.temperature > 0 or sampling.top_p != 1.0:
            body["top_p"] = sampling.top_p  # said even where it is 1: servers have defaults of their own
        if sampling.top_k > 0:
            body["top_k"] = sampling.top_k
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.logprobs > 0:
            body |= {"logprobs": True, "top_logprobs": min(sampling.logprobs, self._most_logprobs)}
        if turn.thinking is not None:
            body["chat_template_kwargs"] = {"enable_thinking": turn.thinking}
        for option in self._left_out:
            body.pop(option, None)
        if "logprobs" not in body:
            body.pop("top_logprobs", None)
        return body

    def accepted(self, sent: dict[str, Any]) -> None:
        """The server answered this request."""
        self._accepted.update(sent)

    def adapt(self, message: str, parameter: str, sent: dict[str, Any]) -> bool:
        """Learn from a refusal; whether the call can be asked again in another form.

        Args:
            message: the server's words.
            parameter: which parameter it says is at fault; empty where it does not.
            sent: the request that was refused.

        Raises:
            UsageError: it refuses log-probabilities, and the settings insist on them.
        """
        text = message[:_LEADING].partition("'input'")[0]  # what follows repeats the request
        if "max_tokens" in sent and "max_completion_tokens" in text and "max_tokens" not in self._accepted:
            self._length = "max_completion_tokens"
            return True
        for option, words in _OPTIONS.items():
            if option in sent and option not in self._accepted and _names(text, parameter, words):
                return self._leave_out(option, text, sent)
        return False

    def about(self) -> dict[str, Any]:
        """What is sent in another form than asked for."""
        told: dict[str, Any] = {"left_out": dict(self._left_out)}
        if self._most_logprobs < _MOST_LOGPROBS[0] and "logprobs" not in self._left_out:
            told["top_logprobs_at_most"] = self._most_logprobs
        return told

    def _leave_out(self, option: str, text: str, sent: dict[str, Any]) -> bool:
        if option == "logprobs":
            fewer = _MOST_LOGPROBS[1]
            if sent.get("top_logprobs", 0) > fewer:  # perhaps it is only too many
                self._most_logprobs = fewer
                return True
            if self._settings.logprobs:
                raise UsageError(
                    f"the endpoint gives no log-probabilities: {text[:200]}",
                    todo="use another server, or read scores without them: --score greedy",
                )
        self._left_out.setdefault(option, text[:200])
        return True


def _names(text: str, parameter: str, words: tuple[str, ...]) -> bool:
    if parameter and parameter.rpartition(".")[2] in words:
        return True
    if not _REFUSING.search(text):
        return False
    quoted = any(re.search(rf"['\"`]{word}['\"`]", text) for word in words)
    plain = any(word not in _PLAIN_WORDS and re.search(rf"\b{word}\b", text) for word in words)
    return quoted or plain


def encode(body: dict[str, Any]) -> bytes:
    """A request as bytes. ASCII: an item's text may hold what UTF-8 cannot say."""
    return json.dumps(body, ensure_ascii=True, allow_nan=False).encode("ascii")
