"""The sources of the general preferences (pre-training of the reward model): answers in words, and code retrieval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from crb_builders.sources.coder_pile import coder_pile
from crb_builders.sources.fields import (
    HARMLESS,
    HELPFUL,
    below,
    column,
    constant,
    joined,
    last_number,
    natural,
    of_winner,
    plain_text,
    reply,
    request,
    unless,
)
from crb_builders.sources.mapping import Leave, PublicDataset, Values

_HARM = ("harm", "safe", "ethic", "bias", "toxic", "offens", "discriminat", "privacy", "danger")
_ACCEPTED, _POOR = 10, 1  # pm_score of StackExchange: log2 of (1 + votes), one more where accepted


def _harm_or_help(name: str, harmless: tuple[str, ...]) -> Any:
    """Harmlessness where a column has one of these words in it, helpfulness otherwise."""
    return lambda row: HARMLESS if any(word in str(row[name]).lower() for word in harmless) else HELPFUL


def _answers(row: Values, random: np.random.Generator) -> Iterable[dict[str, Any]]:
    """Of a question with answers: the accepted one that has most votes against the one that has fewest."""
    answers = [one for one in row["answers"] or () if one.get("text")]
    accepted = [one for one in answers if one.get("selected")]
    if accepted and len(answers) > 1:
        best = max(accepted, key=lambda one: one["pm_score"])
        worst = min((one for one in answers if one is not best), key=lambda one: one["pm_score"])
        yield {
            "question": plain_text(row["question"]),
            "good": plain_text(best["text"]),
            "poor": plain_text(worst["text"]),
            "best_score": best["pm_score"],
            "worst_score": worst["pm_score"],
        }


_ARENA = {"model_a": ("conversation_a", "conversation_b"), "model_b": ("conversation_b", "conversation_a")}
_PROMETHEUS = {"A": ("orig_response_A", "orig_response_B"), "B": ("orig_response_B", "orig_response_A")}
_HELPSTEER = {-1: ("response1", "response2"), 1: ("response2", "response1")}


def _margin(row: Values) -> int:
    return int(row["overall_preference"] or 0)


def _helpsteer(position: int) -> Any:
    return lambda row: row[_HELPSTEER[1 if _margin(row) > 0 else -1][position]] if _margin(row) else None


GENERAL = (
    coder_pile("coder-pile", {"general": 41_924}, HELPFUL),
    PublicDataset(
        name="skywork-preference",
        hub="Skywork/Skywork-Reward-Preference-80K-v0.2",
        split="train",
        published={"general": 30_146},
        certain=True,
        needs=("chosen", "rejected", "source"),
        prompt=request("chosen"),
        chosen=reply("chosen"),
        rejected=reply("rejected"),
        aspect=_harm_or_help("source", ("wildguard",)),
        language=natural,
        leave=(
            Leave(
                "other_source",
                lambda row: (
                    not any(
                        word in str(row["source"]).lower()
                        for word in ("wildguard", "offsetbias", "magpie", "helpsteer2")
                    )
                ),
            ),
        ),
    ),
    PublicDataset(
        name="tulu-if",
        hub="allenai/tulu-3-pref-personas-instruction-following",
        split="train",
        published={"general": 13_705},
        certain=True,
        needs=("prompt", "chosen", "rejected"),
        prompt=column("prompt"),
        chosen=reply("chosen"),
        rejected=reply("rejected"),
        aspect=constant(HELPFUL),
        language=natural,
    ),
    PublicDataset(
        name="stack-exchange",
        hub="HuggingFaceH4/stack-exchange-preferences",
        split="train",
        published={"general": 12_139},
        certain=True,
        needs=("question", "answers"),
        spread=_answers,
        prompt=column("question"),
        chosen=column("good"),
        rejected=column("poor"),
        aspect=constant(HELPFUL),
        language=natural,
        leave=(
            below("few_votes", "best_score", _ACCEPTED),
            Leave("rejected_has_votes", lambda row: row["worst_score"] > _POOR),
        ),
    ),
    PublicDataset(
        name="arena",
        hub="lmarena-ai/arena-human-preference-140k",
        split="train",
        published={"general": 7_068},
        certain=True,
        needs=("winner", "conversation_a", "conversation_b", "language", "is_code"),
        prompt=request("conversation_a"),
        chosen=of_winner("winner", _ARENA, reply)[0],
        rejected=of_winner("winner", _ARENA, reply)[1],
        aspect=constant(HELPFUL),
        language=natural,
        leave=(
            unless("no_winner", "winner", ("model_a", "model_b")),
            unless("other_language", "language", ("en", "English")),
            Leave("code", lambda row: bool(row["is_code"])),
        ),
    ),
    PublicDataset(
        name="prometheus",
        hub="prometheus-eval/Preference-Collection",
        split="train",
        published={"general": 2_864},
        certain=True,
        needs=("orig_instruction", "orig_response_A", "orig_response_B", "orig_preference", "orig_criteria"),
        prompt=column("orig_instruction"),
        chosen=of_winner("orig_preference", _PROMETHEUS, column)[0],
        rejected=of_winner("orig_preference", _PROMETHEUS, column)[1],
        aspect=_harm_or_help("orig_criteria", _HARM),
        language=natural,
        leave=(
            unless("no_winner", "orig_preference", ("A", "B")),
            Leave(
                "other_criterion",
                lambda row: not any(word in str(row["orig_criteria"]).lower() for word in (*_HARM, "help", "useful")),
            ),
        ),
    ),
    PublicDataset(
        name="helpsteer3",
        hub="nvidia/HelpSteer3",
        config="preference",
        split="train",
        published={"general": 1_452},
        certain=True,
        needs=("domain", "context", "response1", "response2", "overall_preference"),
        prompt=request("context"),
        chosen=_helpsteer(0),
        rejected=_helpsteer(1),
        aspect=constant(HELPFUL),
        language=natural,
        leave=(
            unless("other_domain", "domain", ("general", "stem")),
            Leave("low_margin", lambda row: abs(_margin(row)) < 3),
        ),
    ),
    PublicDataset(
        name="distilabel-math",
        hub="argilla/distilabel-math-preference-dpo",
        split="train",
        published={"general": 1_042},
        certain=True,
        needs=("instruction", "chosen_response", "rejected_response"),
        prompt=column("instruction"),
        chosen=column("chosen_response"),
        rejected=column("rejected_response"),
        aspect=constant(HELPFUL),
        language=natural,
        leave=(
            Leave(
                "other_result", lambda row: last_number(row["chosen_response"]) != last_number(row["rejected_response"])
            ),
        ),
    ),
    PublicDataset(
        name="truthy",
        hub="jondurbin/truthy-dpo-v0.1",
        split="train",
        published={"general": 377},
        certain=True,
        needs=("system", "prompt", "chosen", "rejected"),
        prompt=joined("system", "prompt"),
        chosen=column("chosen"),
        rejected=column("rejected"),
        aspect=constant(HELPFUL),
        language=natural,
    ),
)
"""In the order of the published table."""
