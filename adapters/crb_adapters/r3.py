"""A rubric and a number from 1 to 5, after thinking: R3.

One sampled turn (temperature 0.6, top-p 0.95, top-k 20). Our wording asks for the number alone behind the thoughts,
which small models manage more often than JSON; the published one asks for `{"explanation": ..., "score": 4}`. Both
are read. The published runs set no seed and cannot be repeated; here a call's seed is made from what it asks. The
expected score is taken along the thoughts that were sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crb.adapter import AdapterCard
from crb.conversation import Message
from crb.generation import Generation, Sampling, Turn
from crb.judge import Case, JudgeModel, JudgeRequest, ScoreMode
from crb.judging.focus import FOCI
from crb.judging.reading import read_number
from crb.judging.scale import Scale
from crb.judging.scores import score
from crb.judging.wording import RESPONSE, Wording
from crb.readings import Reading

MESSAGE = """{prompt:block}

{response:block}

Question: {focus}

Give a score from 1 (no, not at all) to 5 (yes, fully). Answer with one number from 1 to 5 and nothing else.
Score (1-5):"""

OWN = {"message": MESSAGE} | {name: text.question for name, text in FOCI.items()}
SHOWN = {"message": RESPONSE}
SCALE = Scale(1, 5)


class RubricJudge(JudgeModel):
    """One sampled turn with thinking on, as published."""

    examples = (
        (Generation('<think>perhaps a score: 2</think>\n{"explanation": "it works", "score": 4}', "stop"), 4.0),
        (Generation("Rating: 3.5/5", "stop"), 3.5),
    )

    def __init__(self, wording: Wording, max_tokens: int) -> None:
        self.wording = wording
        self.sampling = Sampling(max_tokens=max_tokens, temperature=0.6, top_p=0.95, top_k=20, logprobs=20)

    def turn(self, case: Case, said: Sequence[Generation]) -> Turn | None:
        """Request, response and rubric in one message."""
        message = Message("user", self.wording.fill("message", case))
        return None if said else Turn((message,), self.sampling, thinking=True)

    def read(self, said: Sequence[Generation], mode: ScoreMode) -> Reading:
        """The score behind the thoughts."""
        return read_number(said[-1], score, SCALE, mode)


class RubricAdapter:
    """A rubric per criterion."""

    card = AdapterCard(
        name="r3",
        kind="judge",
        summary="thinks, then gives a score from 1 to 5 by a rubric (R3)",
        hub_ids=("rubricreward/R3-*", "R3-Qwen3-*"),
    )
    templates: Mapping[str, str] = OWN

    def load(self, request: JudgeRequest) -> RubricJudge:
        """The judge."""
        return RubricJudge(Wording(OWN, SHOWN, request.templates), request.max_tokens or 8192)


ADAPTER = RubricAdapter()
