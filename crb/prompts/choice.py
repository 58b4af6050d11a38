"""The choice that `--prompts` spells: a prompt set, built in or imported, and a mode of it."""

from __future__ import annotations

from crb.errors import UsageError, unknown_name
from crb.prompts import store
from crb.prompts.builtin import built_in
from crb.prompts.sets import BUILT_IN, PromptMode, PromptSet


def parse_choice(text: str) -> tuple[str, PromptMode]:
    """The prompt set's name and the mode that `--prompts` spells: `MODE` of the built-in set, or `SET:MODE`.

    In mode `none` no wording is used, so every spelling of it gives the built-in set's name: the same run, the same
    configuration. Whether the set exists is for `load_prompt_set` to say.

    Raises:
        UsageError: no such mode, a set without a mode, an empty part.
    """
    modes = [mode.value for mode in PromptMode]
    todo = f"write --prompts {' | '.join(modes)}, or SET:MODE for a set of `crb prompts list`"
    name, colon, mode = text.partition(":")
    if not colon:
        name, mode = BUILT_IN, text
        if text not in modes and (text == BUILT_IN or text in store.names()):
            raise UsageError(
                f"{text!r} is a prompt set; the mode is missing",
                where=f"--prompts {text}",
                todo=f"write {text}:{PromptMode.CRITERION} or {text}:{PromptMode.FULL}",
            )
    if not name.strip() or not mode.strip():
        missing = "mode" if name.strip() else "prompt set"
        raise UsageError(f"no {missing} given", where=f"--prompts {text!r}", todo=todo)
    if mode not in modes:
        if name in modes:
            todo = f"the set comes first: write {mode}:{name}"
        raise unknown_name("prompt mode", mode, modes, todo=todo)
    chosen = PromptMode(mode)
    return (BUILT_IN if chosen is PromptMode.NONE else name), chosen


def load_prompt_set(name: str) -> PromptSet:
    """The built-in set `crb`, or one that `crb prompts import` stored under that name.

    Raises:
        UsageError: no such set; near names are suggested.
        DataError: the stored file was edited or is damaged.
    """
    return built_in() if name == BUILT_IN else store.load(name)
