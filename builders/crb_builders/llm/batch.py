"""Files of OpenAI's batch API, the third way to a model: requests are written, results are read, days may lie between.

    FOLDER/requests/<model>-<part>.jsonl   what is still to be asked; a file disappears when all of it is answered
    FOLDER/results/*.jsonl                 what came back, under any name

A request's `custom_id` is a hash of model, prompt and sample. So it does not matter in which file, order or month a
result comes, and a result serves every build that asks the same.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from crb.engines.endpoint.wire import GarbageError, read
from crb.engines.generation import Answer, Call
from crb.errors import CrbError, DataError
from crb.files import write_bytes
from crb.generation import Failure, Generation
from crb_builders.store import digest

_MOST = 50_000  # requests that a batch file may have
_LARGEST = 180_000_000  # bytes that it may have, with room to spare
_URL = "/v1/chat/completions"


def custom_id(model: str, call: Call) -> str:
    """Names a request, whoever makes it."""
    return f"crb-{digest(model, call.turn.digest, call.keys[0].sample)}"


def request(model: str, call: Call) -> dict[str, Any]:
    """A line of a batch file."""
    turn, sampling = call.turn, call.turn.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in turn.messages],
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": call.seed,
    }
    return {"custom_id": custom_id(model, call), "method": "POST", "url": _URL, "body": body}


class Results:
    """The results in a folder, found by their `custom_id` and read from disk when asked for."""

    def __init__(self, folder: Path) -> None:
        self._places: dict[str, tuple[Path, int]] = {}
        for path in sorted((folder / "results").glob("*.jsonl")):
            with path.open("rb") as file:
                offset = 0
                for row, line in enumerate(file, start=1):
                    if line.strip():
                        found = _parsed(line, path, row)
                        if _succeeded(found):
                            self._places[str(found.get("custom_id"))] = (path, offset)
                    offset += len(line)

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def get(self, id: str) -> Generation | None:
        """The answer to a request; None where there is none."""
        if id not in self._places:
            return None
        path, offset = self._places[id]
        with path.open("rb") as file:
            file.seek(offset)
            body = json.loads(file.readline())["response"]["body"]
        return read(body, str, logprobs=False).generation


class BatchResults:
    """A `GenerationEngine` that answers from result files; what is not among them is a failure."""

    name = "batch"
    capacity = 4096

    def __init__(self, folder: Path, model: str) -> None:
        self._model = model
        self._results = Results(folder)
        self._calls: deque[Call] = deque()

    def submit(self, call: Call) -> None:
        self._calls.append(call)

    def poll(self) -> Sequence[Answer]:
        answers: list[Answer] = []
        while self._calls:
            call = self._calls.popleft()
            found = self._results.get(custom_id(self._model, call))
            answers.append((call, found if found is not None else Failure("no result file has an answer to it")))
        return answers

    def about(self) -> dict[str, Any]:
        return {"model": self._model}

    def close(self) -> None:
        self._calls.clear()


def write_requests(folder: Path, model: str, part: str, calls: Iterable[Call]) -> list[str]:
    """Write what has no result yet, in files of a size that the API takes. Returns the ids of these requests."""
    results = Results(folder)
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", model).strip("-")[:60]
    ids: list[str] = []
    for number, content in enumerate(_files(_lines(results, model, calls, ids))):
        write_bytes(folder / "requests" / f"{slug}-{part}-{number:02}.jsonl", content)
    return ids


def require_results(folder: Path, ids: Iterable[str], again: str) -> None:
    """Refuse to go on while requests have no result. Answered ones leave their files.

    Args:
        folder: of requests and results.
        ids: of the requests that were written.
        again: what to do where the files with the requests are gone.

    Raises:
        CrbError: some are missing; says how many and what to do with the files.
    """
    results = Results(folder)
    missing = {id for id in ids if id not in results}
    lost = set(missing)
    for path in sorted((folder / "requests").glob("*.jsonl")):
        lines = path.read_bytes().splitlines(keepends=True)
        asked = [str(_parsed(line, path, row).get("custom_id")) for row, line in enumerate(lines, start=1)]
        left = [line for line, id in zip(lines, asked, strict=True) if id not in results]
        lost.difference_update(asked)
        if not left:
            path.unlink()
        elif len(left) < len(lines):
            write_bytes(path, b"".join(left))
    if missing:
        todo = (
            f"give the files in it to the batch API, put the files that come back into {folder / 'results'}, "
            "then run the same command again"
        )
        if lost:
            todo += f"; {len(lost):,} of them are in no file there any more: where no answer is under way, {again}"
        raise CrbError(
            f"{len(missing):,} requests wait for their answers", where=f"folder {folder / 'requests'}", todo=todo
        )


def _lines(results: Results, model: str, calls: Iterable[Call], ids: list[str]) -> Iterator[bytes]:
    """A line for each call without a result, once; the ids are added to `ids`."""
    seen: set[str] = set()
    for call in calls:
        line = request(model, call)
        id = line["custom_id"]
        if id not in results and id not in seen:
            seen.add(id)
            ids.append(id)
            yield json.dumps(line, ensure_ascii=True).encode() + b"\n"


def _files(lines: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and (len(held) == _MOST or size + len(line) > _LARGEST):
            yield b"".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield b"".join(held)


def _parsed(line: bytes, path: Path, row: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"the line is not JSON: {error}", file=path, row=row, todo="fetch the file again, or delete the line"
        ) from error
    if not isinstance(found, dict):
        raise DataError("the line is no JSON object", file=path, row=row, todo="put only the API's result files here")
    return found


def _succeeded(found: dict[str, Any]) -> bool:
    """Whether it holds an answer that can be read; what the API broke off is asked again."""
    response = found.get("response")
    if not isinstance(response, dict) or response.get("status_code") != 200:
        return False
    try:
        return isinstance(response.get("body"), dict) and bool(read(response["body"], str, logprobs=False))
    except GarbageError:
        return False
