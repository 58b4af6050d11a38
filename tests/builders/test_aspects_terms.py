"""Term lists: what a term finds, what is left out, and that no term is a criterion under another name."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from crb_builders.terms.matcher import Terms, load_terms
from hypothesis import given, settings
from hypothesis import strategies as st

from crb.errors import DataError, UsageError
from crb.vocabulary import Criterion

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
TERMS = load_terms()
EVERY = [(criterion, term) for criterion, terms in TERMS.terms.items() for term in terms]


def test_every_criterion_has_terms_and_no_term_stands_twice() -> None:
    assert set(TERMS.terms) == set(Criterion)
    for terms in TERMS.terms.values():
        assert len(terms) >= 50
        assert len(set(terms)) == len(terms)
        assert all(term == term.lower() for term in terms)


def test_every_term_finds_itself() -> None:
    for criterion, term in EVERY:
        message = f"Now {term.removeprefix('=').upper()}, at last"
        assert term in TERMS.hits(message).get(criterion, ())


def test_terms_begin_words_and_blanks_stand_for_hyphens() -> None:
    hits = TERMS.hits
    assert hits("Optimised the parser")[Criterion.RUNTIME_EFFICIENCY] == ("optimised",)
    assert hits("a race-condition")[Criterion.FUNCTIONAL_CORRECTNESS] == ("race",)
    assert hits("stack_allocate it")[Criterion.MEMORY_EFFICIENCY] == ("stack alloc",)
    assert Criterion.FUNCTIONAL_CORRECTNESS not in hits("debugging brokers, changes")
    assert Criterion.MEMORY_EFFICIENCY not in hits("a freedom of zoom")


def test_what_is_not_about_the_code_is_not_searched() -> None:
    message = (
        "Add a page\n\nSigned-off-by: Author <secure@leak.org>\nsee https://bug.org/crash\nFix typo in crash report\n"
    )
    assert TERMS.hits(message) == {}


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_message_can_be_searched_and_a_masked_one_holds_no_term(message: str) -> None:
    TERMS.hits(message)
    for criterion, term in EVERY[::29]:
        masked = TERMS.masked(f"{message} {term.removeprefix('=')} end")
        assert term not in TERMS.hits(masked).get(criterion, ())


# A history in words of its own, not made from the lists: what people write when they change a file.
_THINGS = "parser worker cache pool socket buffer scheduler router template config client reply".split()  # noqa: SIM905
_SAYINGS = {
    Criterion.FUNCTIONAL_CORRECTNESS: (
        "{} crashed on empty input|wrong result of {} for negative numbers|{} did not raise on bad type|"
        "do not fail when {} is missing|handle closed {}|infinite loop in {}|"
        "{} returned an incorrect value|unexpected exception in {}|race in {} at shutdown|"
        "{} was broken since 2.0|regression in {}|{} could get stuck|invalid {} accepted"
    ),
    Criterion.RUNTIME_EFFICIENCY: (
        "make {} faster|speed up {}|slow start of {}|optimize {}|lazy {}|avoid expensive copy in {}|"
        "lower latency of {}|{} is quadratic|less overhead in {}|memoize {}|unnecessary call of {}|"
        "fast path for {}|parallelize {}|inline {}"
    ),
    Criterion.MEMORY_EFFICIENCY: (
        "{} leaked|memory leak in {}|shrink {}|reuse {}|allocate {} once|free {} after use|"
        "less memory for {}|{} grows the heap|evict old {}|weakref to {}|smaller {}|out of memory in {}|"
        "garbage collect {}|{} in place"
    ),
    Criterion.READABILITY_MAINTAINABILITY: (
        "refactor {}|refactored {}|rename {}|simplify {}|clean up {}|docstring of {}|"
        "move {} to a module|remove unused {}|style of {}|extract {}|lint {}|comment on {}|"
        "clearer name, consistent with {}|dead code in {}|tidy {}"
    ),
    Criterion.SECURITY_HARDNESS: (
        "escape html in {}|sanitize {}|CVE in {}|validate {}|buffer overflow in {}|xss in {}|"
        "password shown by {}|permission of {}|insecure {}|untrusted {}|TLS for {}|harden {}|"
        "injection through {}|path traversal in {}"
    ),
}


def sole_hits(terms: Terms, messages: Iterable[str]) -> dict[Criterion, Counter[str]]:
    """Per criterion and term, the messages that the term finds and no other term of the criterion does."""
    found: dict[Criterion, Counter[str]] = {criterion: Counter() for criterion in terms.terms}
    for message in messages:
        for criterion, hit in terms.hits(message).items():
            if len(hit) == 1:
                found[criterion][hit[0]] += 1
    return found


def test_no_term_has_a_quarter_of_a_criterions_sole_hits_in_a_history() -> None:
    chance = random.Random(0)
    messages = [
        chance.choice(sayings.split("|")).format(chance.choice(_THINGS))
        for sayings in _SAYINGS.values()
        for _ in range(400)
    ]
    found = sole_hits(TERMS, messages)
    for criterion, counts in found.items():
        total = counts.total()
        assert total > 200, criterion
        assert max(counts.values()) <= 0.25 * total, (criterion, counts.most_common(3))


def test_no_term_has_a_quarter_of_a_criterions_sole_hits_in_real_messages() -> None:
    found = sole_hits(TERMS, (json.loads(line)["prompt"] for file in _real() for line in file.open(encoding="utf-8")))
    for criterion, counts in found.items():
        assert counts.total() > 90, criterion
        assert max(counts.values()) <= 0.25 * counts.total(), (criterion, counts.most_common(3))


def test_most_real_commits_of_a_criterion_are_found() -> None:
    for file, least in zip(_real(), (0.4, 0.9, 0.9, 0.9, 0.75), strict=True):  # functional: a fault has many words
        criterion = Criterion.parse(_CALLED[file.stem.rpartition("_")[2]])
        messages = [json.loads(line)["prompt"] for line in file.open(encoding="utf-8")]
        hit = sum(criterion in TERMS.hits(message) for message in messages)
        assert hit >= least * len(messages), (criterion, hit)


_CALLED = {
    "functional": "functional_correctness",
    "memory": "memory_efficiency",
    "readability": "readability_maintainability",
    "runtime": "runtime_efficiency",
    "security": "security_hardness",
}


def _real() -> list[Path]:
    """Messages of real commits of thousands of repositories, by criterion as somebody else's models sorted them."""
    files = [SHARED / "real" / f"commit_mined_{name}.jsonl" for name in sorted(_CALLED)]
    if not all(file.is_file() for file in files):
        pytest.skip("the folder of shared data is not beside this checkout")
    return files


def test_each_criterion_is_found_in_a_history() -> None:
    for criterion, sayings in _SAYINGS.items():
        messages = [saying.format("it") for saying in sayings.split("|")]
        assert sum(criterion in TERMS.hits(message) for message in messages) >= 0.9 * len(messages)


def test_lists_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "terms.yaml"
    mine.write_text("security: [=lock, key ring]\n")
    terms = load_terms(str(mine))
    assert terms.hits("a lock and KEY-RINGS; a locksmith") == {Criterion.SECURITY_HARDNESS: ("=lock", "key ring")}
    for text, error, match in (
        ("beauty: [nice]\n", UsageError, "unknown criterion 'beauty'"),
        ("security: secure\n", DataError, "a list of words"),
        ("[]\n", DataError, "no mapping"),
        ("a: [\n", DataError, "no YAML"),
    ):
        bad = tmp_path / f"{len(text)}.yaml"
        bad.write_text(text)
        with pytest.raises(error, match=match):
            load_terms(str(bad))
    with pytest.raises(DataError, match="cannot be read"):
        load_terms(str(tmp_path / "none.yaml"))
