"""The closed vocabularies: criteria, languages, statuses and outcomes.

Everything inside `crb` speaks these words. Foreign spellings (the data set's `Functional_Correctness`, a paper's
"execution efficiency") are mapped once, at the border, by `Criterion.parse` and `Language.parse`.
"""

from __future__ import annotations

from enum import StrEnum


class Criterion(StrEnum):
    """What a preference is about. The data set's column for it is `aspect`."""

    FUNCTIONAL_CORRECTNESS = "functional_correctness"
    RUNTIME_EFFICIENCY = "runtime_efficiency"
    MEMORY_EFFICIENCY = "memory_efficiency"
    READABILITY_MAINTAINABILITY = "readability_maintainability"
    SECURITY_HARDNESS = "security_hardness"

    @property
    def aspect(self) -> str:
        """The spelling in the data set's `aspect` column, e.g. `Functional_Correctness`."""
        return "_".join(word.capitalize() for word in self.value.split("_"))

    @property
    def title(self) -> str:  # type: ignore[override]  # a heading, not str.title()
        """The spelling for people, e.g. `Functional correctness`."""
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def parse(cls, text: str) -> Criterion | None:
        """The criterion that `text` spells, or None. Case and separators do not matter."""
        key = "_".join(text.strip().lower().replace("-", " ").replace("_", " ").replace("&", " ").split())
        key = _CRITERION_SYNONYMS.get(key, key)
        return cls(key) if key in cls._value2member_map_ else None


_CRITERION_SYNONYMS = {
    "execution_efficiency": "runtime_efficiency",  # the paper's word for the data set's Runtime_Efficiency
    "readability_and_maintainability": "readability_maintainability",
    "functional": "functional_correctness",
    "correctness": "functional_correctness",
    "runtime": "runtime_efficiency",
    "memory": "memory_efficiency",
    "readability": "readability_maintainability",
    "security": "security_hardness",
}


class Language(StrEnum):
    """A programming language, spelled as in the data set."""

    C = "C"
    CSHARP = "CSharp"
    CPP = "Cpp"
    GO = "Go"
    JAVA = "Java"
    JAVASCRIPT = "JavaScript"
    PYTHON = "Python"
    RUBY = "Ruby"

    @property
    def title(self) -> str:  # type: ignore[override]  # a heading, not str.title()
        """The spelling for people, e.g. `C#`."""
        return _LANGUAGE_TITLES.get(self.value, self.value)

    @classmethod
    def parse(cls, text: str) -> Language | None:
        """The language that `text` spells, or None. Accepts `C#`, `C++`, `js` and any case."""
        key = text.strip().lower()
        key = _LANGUAGE_SYNONYMS.get(key, key)
        return next((language for language in cls if language.value.lower() == key), None)


_LANGUAGE_TITLES = {"CSharp": "C#", "Cpp": "C++"}
_LANGUAGE_SYNONYMS = {"c#": "csharp", "cs": "csharp", "c++": "cpp", "golang": "go", "js": "javascript", "py": "python"}


class Status(StrEnum):
    """What became of one candidate's reading."""

    OK = "ok"
    TRUNCATED = "truncated"  # scored, but the response was cut to fit the model
    UNPARSED = "unparsed"  # a judge answered, and no score could be read from it
    OUT_OF_RANGE = "out_of_range"  # a score was read that the judge's scale does not have
    ERROR = "error"  # no usable answer at all: a failed request, a NaN

    @property
    def scored(self) -> bool:
        """Whether a reading of this status carries a score."""
        return self in (Status.OK, Status.TRUNCATED)


class Outcome(StrEnum):
    """What a model made of one preference pair."""

    RIGHT = "right"
    WRONG = "wrong"
    TIE = "tie"
    INVALID = "invalid"
