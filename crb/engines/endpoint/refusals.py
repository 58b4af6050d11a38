"""What a server's refusal means: later, not in this form, not this call, or not at all.

HTTP says less than it should: an unknown model is a 404 or a 400, a used-up account is a 429 like a busy minute, a
prompt that is too long is a 400 like a misspelt parameter. So the words count too, and where they are not known the
call fails and the run goes on.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import httpx

from crb.engines.endpoint.settings import Secrets

_LATER = {408, 409, 425, 429}
_NO_ACCESS = {401, 403, 407}
_NO_API = {404, 405}
_BUSY_MINUTE = re.compile(r"(?i)rate_limit_exceeded|try again in|retry in|per min")  # some speak of billing as well
_USED_UP = re.compile(r"(?i)insufficient[_ ]quota|insufficient (?:credits|balance)")
_TOO_LONG = re.compile(
    r"(?i)context[_ ](?:length|window|size|limit)|too (?:long|large|many tokens)|maximum (?:\w+ )?(?:length|tokens)"
    r"|max_model_len|reduce the length|input tokens|must be <= \d+\. Given: \d+ .inputs"
)
_ANSWER_TOO_LONG = re.compile(r"(?i)at most \d+ completion tokens|max_(?:completion_)?tokens\S* cannot be greater than")
_FILTERED = re.compile(r"(?i)content[_ ](?:filter|policy|management)|moderation|flagged|safety")
_NO_MODEL = re.compile(
    r"(?i)model.{0,120}(?:not (?:found|exist|a valid)|does not exist|unknown|no such)"
    r"|(?:not (?:found|a valid)|unknown|no such|invalid).{0,40}model|model_not_found"
)


class Meaning(Enum):
    """What to do about a refusal."""

    LATER = "later"  # the same again after a while
    USED_UP = "used up"  # nothing more will be answered on this account
    NO_ACCESS = "no access"  # the key is missing, wrong, or not enough
    NO_MODEL = "no model"  # the server does not offer this model
    NO_API = "no api"  # there is no chat completion at this address
    ANSWER_TOO_LONG = "answer too long"  # a longer answer is asked for than the model can give, whatever the prompt
    TOO_LONG = "too long"  # prompt and answer together, or the prompt alone
    NOT_THIS_CALL = "not this call"  # filtered: asking again would fail again
    PERHAPS_THE_FORM = "perhaps the form"  # some other fault of the request


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of another status than success.

    Args:
        status: the HTTP status, or the one that an error object within a success names.
        message: the server's words, without secrets, on one line.
        parameter: the parameter at fault, where the server tells.
        wait: seconds that the server asks to wait.
    """

    status: int
    message: str
    parameter: str = ""
    wait: float | None = None

    @property
    def meaning(self) -> Meaning:
        """What to do about it."""
        passing = self.wait is not None or _BUSY_MINUTE.search(self.message)
        if self.status == 402 or (self.status == 429 and not passing and _USED_UP.search(self.message)):
            return Meaning.USED_UP
        if self.status in _LATER or self.status >= 500:
            return Meaning.LATER
        if self.status in (400, 403, 413, 422) and _FILTERED.search(self.message):
            return Meaning.NOT_THIS_CALL
        if self.status in (400, 422) and _ANSWER_TOO_LONG.search(self.message):
            return Meaning.ANSWER_TOO_LONG
        if self.status in (400, 413, 422) and _TOO_LONG.search(self.message):
            return Meaning.TOO_LONG
        if self.status in (400, 404, 422) and _NO_MODEL.search(self.message):
            return Meaning.NO_MODEL
        if self.status in _NO_ACCESS:
            return Meaning.NO_ACCESS
        if self.status in _NO_API or self.status < 400:
            return Meaning.NO_API
        return Meaning.TOO_LONG if self.status == 413 else Meaning.PERHAPS_THE_FORM

    def __str__(self) -> str:
        return f"HTTP {self.status}: {self.message}" if self.message else f"HTTP {self.status}"


def refusal(response: httpx.Response, body: bytes, secrets: Secrets) -> Refusal:
    """The refusal in a response whose status is no success."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    message, parameter = _words(found)
    if not message:
        text = body.decode("utf-8", "replace").strip()
        message = "an HTML page" if text.startswith("<") else text
    if response.has_redirect_location:  # followed it would take the key along, perhaps to somebody else
        message = f"it points to {response.headers['location']}"
    return Refusal(response.status_code, _line(message, secrets), parameter, _wait(response.headers))


def told_within(found: dict[str, Any], secrets: Secrets) -> Refusal | None:
    """The refusal that some gateways put into a response of status 200; None where there is none.

    They name it `error`, beside no choices or an empty list of them, or the whole object is of the kind `error`.
    """
    error = found.get("error") or (found if found.get("object") == "error" else None)
    if not error or found.get("choices"):
        return None
    message, parameter = _words(found)
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:4])
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return Refusal(status, _line(message or "an error without words", secrets), parameter)


def _words(found: Any) -> tuple[str, str]:
    """The message and the parameter at fault, in any of the shapes that servers use."""
    if not isinstance(found, dict):
        return "", ""
    error = found.get("error")
    inner = error if isinstance(error, dict) else found
    message = next((inner[name] for name in ("message", "detail", "error") if isinstance(inner.get(name), str)), "")
    if not message and isinstance(found.get("detail"), list):  # FastAPI: where and what, without the input it repeats
        parts = [part for part in found["detail"] if isinstance(part, dict)]
        message = "; ".join(f"{part.get('loc')}: {part.get('msg')}" for part in parts)
    code = inner.get("code")
    if isinstance(code, str) and code not in message:
        message = f"{message} ({code})" if message else code
    parameter = inner.get("param")
    return message, parameter if isinstance(parameter, str) else ""


def _line(text: str, secrets: Secrets) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    printable = "".join(character if character.isprintable() else " " for character in secrets.hide(text[:20_000]))
    line = " ".join(printable.split())
    return line if len(line) <= 600 else f"{line[:600]}..."


def _wait(headers: httpx.Headers) -> float | None:
    """`Retry-After` in seconds: a number or a date."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None
