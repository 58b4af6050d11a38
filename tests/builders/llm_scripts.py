"""Models without weights for the stages that ask: engines whose answers follow from what stands in the prompt.

A recipe names them as `engine: {kind: python, make: "llm_scripts:judge"}`. Where LLM_LOG names a file, every call is
written there; where LLM_KILL_AT names a number, the process kills itself with that answer still unsaid.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from scripted_engine import Script, ScriptedEngine, chance

from crb.engines.generation import Call


def _engine(script: Script) -> ScriptedEngine:
    log, kill_at = os.environ.get("LLM_LOG"), os.environ.get("LLM_KILL_AT")
    return ScriptedEngine(
        script, order=7, log=Path(log) if log else None, kill_at=int(kill_at) if kill_at else None, at_once=3
    )


def said(call: Call, tag: str) -> str:
    """What stands between two tags of the prompt."""
    found = re.findall(rf"<{tag}>\n(.*?)\n</{tag}>", call.turn.messages[-1].content, re.DOTALL)
    assert len(found) == 1, found
    return str(found[0])


def judge(model: str) -> ScriptedEngine:
    """Prefers the answer with GOOD in it, the first one under the name `biased`, none under `blind`."""

    def answer(call: Call) -> str:
        first, second = said(call, "answer_a"), said(call, "answer_b")
        if model == "biased":
            return "<verdict>A</verdict>"
        if model == "mute":
            return "I would rather not say."
        if model == "blind" or ("GOOD" in first) == ("GOOD" in second):
            return "<evaluation>equal</evaluation>\n<verdict>TIE</verdict>"
        return f"<evaluation>look</evaluation>\n<verdict>\n{'A' if 'GOOD' in first else 'B'}\n</verdict>"

    return _engine(answer)


def reviewer(model: str) -> ScriptedEngine:
    """Rates by the number that the message begins with; the model `stern` one less."""

    def answer(call: Call) -> str:
        rating = int(re.match(r"\d", said(call, "message"))[0]) - (model == "stern")  # type: ignore[index]
        return f"<description>{model}</description>\n<summary>did it</summary>\n<rating>{rating}</rating>"

    return _engine(answer)


def writer(model: str) -> ScriptedEngine:
    """Writes a request that names a digest of the code or what the model's name shows, or breaks a solution."""

    def answer(call: Call) -> str:
        if "<solution>" in call.turn.messages[-1].content:
            solution = said(call, "solution")
            if model == "lazy":
                return f"<code>\n```python\n{solution}\n```\n</code>"
            if model == "telling":
                return f"<code>\n{solution}  # bug here\n</code>"
            return f"<code>\n```python\n{re.sub('[0-9]', '7', solution, count=1)}\n```\n</code>\n<faults>7</faults>"
        if model.startswith("shows "):
            return f"<request>\nWrite {model.removeprefix('shows ')}, please.\n</request>"
        number = chance("request", call.turn.digest).randrange(10**6)
        return f"<explanation>it runs</explanation>\n<request>\nPlease write the program number {number}.\n</request>"

    return _engine(answer)


def mild_reviewer(model: str) -> ScriptedEngine:
    """Gives every change a 5."""
    return _engine(lambda call: f"<description>{model}</description>\n<summary>s</summary>\n<rating>5</rating>")


def judge_of_changes(model: str) -> ScriptedEngine:
    """Prefers the answer that comes later in the alphabet: the same one in both orders."""

    def answer(call: Call) -> str:
        return f"<verdict>{'A' if said(call, 'answer_a') > said(call, 'answer_b') else 'B'}</verdict>"

    return _engine(answer)
