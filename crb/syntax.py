"""Syntax trees of eight languages, by tree-sitter: one small wheel each, none of them needed by the core.

The parsers live here because two parts use them: builders measure the depth of trees, perturbations edit by them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from crb.errors import MissingPackageError
from crb.vocabulary import Language

_WHEELS = {
    Language.C: "c",
    Language.CSHARP: "c-sharp",
    Language.CPP: "cpp",
    Language.GO: "go",
    Language.JAVA: "java",
    Language.JAVASCRIPT: "javascript",
    Language.PYTHON: "python",
    Language.RUBY: "ruby",
}


@cache
def parser(language: Language) -> Any:
    """The parser of a language, made once per process.

    Raises:
        MissingPackageError: tree-sitter or the language's wheel is missing.
    """
    wheel = f"tree-sitter-{_WHEELS[language]}"
    try:
        from tree_sitter import Language as Grammar
        from tree_sitter import Parser
    except ImportError as error:
        raise MissingPackageError("tree-sitter", why=f"to parse {language}", extra="syntax") from error
    try:
        module = import_module(wheel.replace("-", "_"))
    except ImportError as error:
        raise MissingPackageError(wheel, why=f"to parse {language}", extra="syntax") from error
    return Parser(Grammar(module.language()))
