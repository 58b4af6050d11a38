"""System prompts: which wording a model is shown beside an item, versioned and fingerprinted.

Light to import: PyYAML is imported when the built-in set is loaded.
"""

from __future__ import annotations

from crb.prompts.choice import load_prompt_set, parse_choice
from crb.prompts.sets import PromptMode, PromptSet

__all__ = ["PromptMode", "PromptSet", "load_prompt_set", "parse_choice"]
