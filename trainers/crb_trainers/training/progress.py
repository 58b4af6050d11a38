"""What a run tells while it trains: a bar with the time left on a terminal, plain lines where output goes to a file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

_QUIET_SECONDS = 30.0
"""Between two plain lines, at least; the first and the last are always told."""


class Watcher(Protocol):
    """Told of what a run does."""

    def stage(self, text: str) -> None:
        """A stage begins, e.g. loading the model."""
        ...

    def start(self, steps: int, done: int) -> None:
        """Training begins: the steps in all, and how many are done already."""
        ...

    def step(self, figures: Mapping[str, Any]) -> None:
        """A step is done; its line of log.jsonl."""
        ...

    def evaluated(self, figures: Mapping[str, Any]) -> None:
        """An evaluation is done; its line of evaluations.jsonl."""
        ...

    def note(self, text: str) -> None:
        """Something the user should know."""
        ...


class Silent:
    """Says nothing."""

    def stage(self, text: str) -> None:
        """Ignore."""

    def start(self, steps: int, done: int) -> None:
        """Ignore."""

    def step(self, figures: Mapping[str, Any]) -> None:
        """Ignore."""

    def evaluated(self, figures: Mapping[str, Any]) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""


class Terminal:
    """Draws on standard error where that is a terminal, and writes plain lines there where it is not."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True)
        self._drawn = self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._drawn,
        )
        self._task: Any = None
        self._steps = self._done = self._first = 0
        self._begun = 0.0
        self._last_line = float("-inf")

    def __enter__(self) -> Terminal:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, text: str) -> None:
        """Name the stage."""
        self._line(text)

    def start(self, steps: int, done: int) -> None:
        """Begin the bar where an earlier session stopped."""
        self._steps, self._done, self._first = steps, done, done
        self._begun = time.monotonic()
        self._task = self._bar.add_task("training", total=steps, completed=done, told="")

    def step(self, figures: Mapping[str, Any]) -> None:
        """Move the bar, or write a line now and then."""
        self._done = int(figures["step"])
        told = f"loss {figures['loss']:.4f}  accuracy {figures['accuracy']:.1%}"
        if self._drawn:
            self._bar.update(self._task, completed=self._done, told=told)
            return
        now = time.monotonic()
        if now - self._last_line >= _QUIET_SECONDS or self._done in (self._first + 1, self._steps):
            self._last_line = now
            rest = f"lr {figures['lr']:.3g}  gradient {figures['grad_norm']:.3g}  left {time_left(self._left())}"
            self._line(f"step {self._done:,}/{self._steps:,}  {told}  {rest}")

    def evaluated(self, figures: Mapping[str, Any]) -> None:
        """Tell an evaluation by criterion."""
        by = "  ".join(f"{name} {cell['accuracy']:.1%}" for name, cell in figures["by_criterion"].items())
        interval = f"[{figures['low']:.1%}, {figures['high']:.1%}]"
        self._line(f"evaluation at step {figures['step']:,}: {figures['accuracy']:.1%} {interval}  {by}".rstrip())

    def note(self, text: str) -> None:
        """Tell it in a line of its own."""
        self._line(f"note: {text}")

    def _left(self) -> float:
        done = max(self._done - self._first, 1)
        return (time.monotonic() - self._begun) / done * (self._steps - self._done)

    def _line(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)


def time_left(seconds: float) -> str:
    """Seconds as people say them."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
