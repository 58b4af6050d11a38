"""Instructions where a source has none, and faults where a source has only good code.

Four tasks. `inverse`: from both sides of a change to a request that leads to either, in one of five styles; the new
side becomes `chosen`, the old one `rejected`. `recovery`: the same from a pair that lost its problem. `bug`: from a
request and a good answer to a faulty one, the new `rejected`. `plain` asks no model: it puts a change's message and its
old side into a request. Rows that have what a task would make pass through untouched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import pyarrow as pa
from pydantic import Field, model_validator

from crb.conversation import Message
from crb.generation import Generation
from crb_builders.llm.aspects import language_name
from crb_builders.llm.plain import request
from crb_builders.llm.prompts import wording
from crb_builders.llm.reading import code, section
from crb_builders.llm.settings import AskingSettings
from crb_builders.llm.stage import AskingStage
from crb_builders.llm.styles import STYLES
from crb_builders.stage import Reject, Row

Task = Literal["inverse", "recovery", "bug", "plain"]
Style = Literal["assignment", "forum", "programming_forum", "search", "contest"]
_TELLING = re.compile(r"\b(?:bug|buggy|bugged|fault|faulty|wrong|incorrect|mistake|fixme|off[- ]by[- ]one)\w*", re.I)
_COPIED = 100  # characters of code in a row, blanks aside, that make a request an answer


class InstructSettings(AskingSettings):
    """Settings.

    Attributes:
        task: what is made.
        styles: that requests are drawn from, each equally often.
        shortest: characters that a request must have.
    """

    task: Task = "inverse"
    styles: tuple[Style, ...] = Field(default=get_args(Style), min_length=1)
    temperature: float = Field(default=0.7, ge=0)
    shortest: int = Field(default=20, ge=1)

    @model_validator(mode="after")
    def _one_model(self) -> InstructSettings:
        if len(self.models) > 1:
            raise ValueError("one model writes; give several to review and judge, who vote")
        return self


class Instruct(AskingStage[InstructSettings]):
    """Writes what is missing of a pair."""

    name: ClassVar[str] = "instruct"
    version = 2
    settings_type = InstructSettings
    needs = ("id", "language")
    adds: ClassVar[Mapping[str, pa.DataType]] = {
        "prompt": pa.string(),
        "chosen": pa.string(),
        "rejected": pa.string(),
        "style": pa.string(),
        "instruct_text": pa.string(),
    }

    def depends(self) -> Mapping[str, str]:
        return {} if self.settings.task == "plain" else {"template": wording(self.settings.task).source}

    @property
    def needs_model(self) -> bool:
        return self.settings.task != "plain"

    def ready(self, row: Row) -> Reject | None:
        chosen, rejected = _sides(row)
        if chosen is None or not chosen.strip():
            return Reject("no_response")
        if self.settings.task == "bug":
            return None if row.get("prompt") else Reject("no_prompt")
        if rejected is None or not rejected.strip():
            return Reject("no_response")
        if self.settings.task == "plain" and not row.get("prompt") and not row.get("message"):
            return Reject("no_message")
        return None

    def cases(self, row: Row) -> Sequence[tuple[str, int]]:
        has = row.get("rejected") if self.settings.task == "bug" else row.get("prompt")
        return [] if has or not self.needs_model else [(self.settings.task, 0)]

    def messages(self, row: Row, case: str) -> tuple[Message, ...]:
        chosen, rejected = _sides(row)
        values: dict[str, Any] = {"language": language_name(row["language"])}
        if case == "bug":
            values |= {"request": row["prompt"], "solution": chosen}
        else:
            style, meaning = STYLES[self._style(row)]
            names = ("new", "old") if case == "inverse" else ("chosen", "rejected")
            values |= {"style": style, "style_meaning": meaning, names[0]: chosen, names[1]: rejected}
        return wording(case).messages(values)

    def decide(self, row: Row, answers: Mapping[str, Mapping[tuple[str, int], Generation | None]]) -> Row | Reject:
        chosen, rejected = _sides(row)
        known = row | {"chosen": chosen, "rejected": rejected}
        if not self.cases(row):
            prompt = row.get("prompt") or request(row["language"], row["message"], rejected or "")
            return known | {"prompt": prompt}
        (model,) = self.settings.models
        said = answers[model].get((self.settings.task, 0))
        if said is None:
            return Reject("refused")
        if said.cut:
            return Reject("answer_cut")
        made = self._bug(said, chosen or "") if self.settings.task == "bug" else self._request(said, row)
        return made if isinstance(made, Reject) else known | made | {"instruct_text": said.text}

    def _bug(self, said: Generation, solution: str) -> Row | Reject:
        written = section(said, "code")
        if written is None:
            return Reject("no_code")
        bare = code(solution)
        tail = bare[len(bare.rstrip()) :]  # how a file ends must not tell the one from the other
        faulty = wording("bug").unescape(code(written)).rstrip() + tail
        if _bare(faulty) == _bare(bare):
            return Reject("nothing_changed")
        if set(map(str.lower, _TELLING.findall(faulty))) - set(map(str.lower, _TELLING.findall(solution))):
            return Reject("gives_itself_away")
        return {"rejected": solution.replace(bare, faulty, 1)}  # a response in a fence stays one

    def _request(self, said: Generation, row: Row) -> Row | Reject:
        text = section(said, "request")
        if text is None:
            return Reject("no_request")
        prompt = wording(self.settings.task).unescape(text.strip())
        if len(prompt) < self.settings.shortest:
            return Reject("request_too_short")
        if any(_shares(prompt, side or "") for side in _sides(row)):
            return Reject("request_shows_code")
        return {"prompt": prompt, "style": self._style(row)}

    def _style(self, row: Row) -> str:
        styles = self.settings.styles
        return styles[int(self.random(row["id"], "style").integers(len(styles)))]


def _sides(row: Row) -> tuple[str | None, str | None]:
    """Chosen and rejected: of a pair its own, of a change the new and the old side."""
    chosen, rejected = row.get("chosen"), row.get("rejected")
    return (
        chosen if chosen is not None else row.get("new"),
        rejected if rejected is not None else row.get("old"),
    )


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _shares(prompt: str, side: str) -> bool:
    """Whether a long stretch of the code stands in the request."""
    return not _stretches(prompt).isdisjoint(_stretches(side))


def _stretches(text: str) -> set[str]:
    bare = _bare(text)
    return {bare[start : start + _COPIED] for start in range(len(bare) - _COPIED + 1)}
