"""The wording of a judge: its own, or a user's copy of published wording in its place.

A wording has templates, and a text for every focus (`none`, `full` and each criterion), which the field `focus`
inserts as it is. A copy is taken whole: published templates around wording of ours would be neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crb.errors import UsageError, unknown_name
from crb.judge import FULL, Case, Focus
from crb.judging.focus import FOCI, NONE, focus_name
from crb.judging.templates import Template, parse

FOCUS = "focus"
_POINTWISE = ("prompt", "query", "response", FOCUS)
_PAIRWISE = ("prompt", "query", "response_a", "response_b", FOCUS)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a template of a judge may show, and what it must."""

    needed: tuple[str, ...]
    known: tuple[str, ...]


PROMPT = Shown((), ("prompt", "query", FOCUS))
RESPONSE = Shown(("response",), _POINTWISE)
PAIR = Shown(("response_a", "response_b"), _PAIRWISE)


class Wording:
    """Checked templates and focus texts.

    Args:
        own: the adapter's own templates and focus texts by name.
        shown: for each template what it shows; the other names of `own` are focus texts.
        given: a user's copy; empty for the own wording.

    Raises:
        UsageError: the copy has a name that the adapter does not know, lacks one that it needs (focus texts only
            where something inserts them), or a template cannot be read.
    """

    def __init__(self, own: Mapping[str, str], shown: Mapping[str, Shown], given: Mapping[str, str]) -> None:
        for name in given:
            if name not in own:
                raise unknown_name("template", name, own, todo=f"rename it to one of {', '.join(own)}")
        texts = dict(given or own)
        if NONE not in texts and FULL in texts:
            texts[NONE] = texts[FULL]  # published judges that know no quality in general take all criteria for it
        templates = {
            name: parse(name, texts[name], known=what.known, needed=what.needed)
            for name, what in shown.items()
            if name in texts
        }
        inserted = not shown or any(FOCUS in template.fields for template in templates.values())
        needed = [*shown, *(FOCI if inserted else ())]
        missing = [name for name in needed if name not in texts]
        if missing:
            todo = f"import them all: {', '.join(needed)}"
            raise UsageError(f"the templates lack {', '.join(missing)}", where="--templates", todo=todo)
        self._texts = texts
        self._templates: Mapping[str, Template] = templates

    def focus(self, focus: Focus) -> str:
        """The text of a focus; empty where the user's templates insert none."""
        return self._texts.get(focus_name(focus), "")

    def fill(self, name: str, case: Case) -> str:
        """A template filled for a case."""
        values = {"prompt": case.item.prompt, "query": case.item.prompt, FOCUS: self.focus(case.focus)}
        names = ("response",) if len(case.candidates) == 1 else ("response_a", "response_b")
        values |= {name: candidate.text for name, candidate in zip(names, case.candidates, strict=True)}
        return self._templates[name].fill(values)
