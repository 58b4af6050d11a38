"""Answers as models write them, sorted by what each says: a score, none, or one beyond the scale. All are our own."""

from __future__ import annotations

from crb.vocabulary import Status

Said = float | Status
NONE, BEYOND = Status.UNPARSED, Status.OUT_OF_RANGE
INVISIBLE = ("4\u200b", "\u200b4", "\u200f4", "\u202a4\u202c", "\ufeff4", "4\ufe0f", "\u00a04")
IN_A_BOX: dict[Said, tuple[str, ...]] = {
    4: (
        *("4.", "4 out of 10", "4,", "4;", "(4)", "[4]", "**4**", "`4`", '"4"', "'4'", "\\(4\\)", "4 points", "4*"),
        *(
            "\\text{4}/\\text{10}",
            "\\textit{4}",
            "\\mathsf{4}",
            "\\boldsymbol{4}",
            "\\bf 4",
            "\\large 4",
            "\\ 4",
            "4\\,",
        ),
        *("\\frac{4}{10}", "\\dfrac{4}{10}", "Score: 4", "score=4", "\\text{Score: }4", "Overall score: 4", *INVISIBLE),
    ),
    NONE: (
        *(
            "4-5",
            "4\u20135",
            "4 to 5",
            "4,5",
            "4 5",
            "four",
            "",
            "NaN",
            "inf",
            "\\infty",
            "4%",
            "4\\%",
            "4/5",
            "40/100",
        ),
        *("\\frac{8}{20}", "\\approx 4", ">4", "4+", "4.5.1", "\u2163", "\u00bd", "x=4", "0x4", "1_0", "N/A", "- 4"),
    ),
    BEYOND: ("11", "-1", "\u22121", "4.25", "5.6e8", "1e400", "9" * 500),
}
BOXES: dict[Said, tuple[str, ...]] = {
    8: (
        *(f"```{language}\nOverall: \\boxed{{8}}\n```" for language in ("text", "latex", "markdown", "math", "LaTeX")),
        *("\\boxed 8", "$\\boxed 8$", "\\Boxed{8}", "<THINK>\\boxed{3}</THINK>\\boxed{8}", "\\boxed\uff5b8\uff5d"),
        "<thinking>\\boxed{3}</thinking>\\boxed{8}",
        *("It drops `<think>` tags: \\boxed{8}", "\\boxed{8}, though `<think>` and `</think>` are kept."),
        "Overall score: \\boxed{8}\n\nOverall, a good response with 2 faults.",
        "Overall score: \\boxed{8}\nFinal score: 9 would be too much.",
        "\\boxed{8}\n\nOverall score: 8",
        "\\boxed{8}\n\nOverall: a good response, final score as said",
        "\\boxed{8}\n\nOverall: 2 weaknesses remain",
        "Style: \\boxed{4}\n\\boxed{8}, since \\boxed needs braces",
    ),
    NONE: (  # the verdict was to come behind the last box, which is a criterion's
        *(f"Style: \\boxed{{4}}\n{said}" for said in ("Overall quality score: 8/10", "Overall: 8.5", "Final score: 8")),
        *(f"Style: \\boxed{{4}}\n{said}" for said in ("**Overall Score:** 8.5", "The overall score is 9.", "Total: 8")),
        *(
            f"Style: \\boxed{{4}}\nOverall score: {said}"
            for said in ("", "\\fbox{8}", "boxed{8}", "\\boxed(8)", "$\\box")
        ),
        *("\\boxed{4} then \\boxed", "\\boxed{4} then \\boxed{", "\\boxed{4} overall \\boxed{8-9}"),
        *("<think>a</think><think>\\boxed{2}", "<think>a</think> \\boxed{8} <think>again", "<thinking>\\boxed{2}"),
        "<thinking>\\boxed{2}</thinking>",
    ),
}
IN_JSON: dict[Said, tuple[str, ...]] = {
    4: (
        *(
            "4.",
            "4.0",
            "+4",
            "04",
            "40e-1",
            '"4/5"',
            '"4 of 5"',
            '"4 stars"',
            '"4 (good)"',
            '"4: good"',
            "4 /* of 5 */",
        ),
        *(
            '"**4**"',
            "**4**",
            '"`4`"',
            "\u201c4\u201d",
            '\\"4\\"',
            "(4)",
            '"[4]"',
            '"$4$"',
            '"\\\\boxed{4}"',
            '"Score: 4"',
        ),
        *(f'"{text}"' for text in (*INVISIBLE, "4\u5206", "\uff14", "\u0664")),
    ),
    NONE: (
        *(
            "4%",
            "80%",
            "3-4",
            "3\u20134",
            '"3-4"',
            "3,5",
            '"3,5"',
            "4, 5",
            "4+",
            "3+1",
            "2*2",
            "~4",
            ">3",
            "4.5.1",
            "4f",
        ),
        *("null", "NaN", "Infinity", '"inf"', '"between 3 and 4"', '"3 to 4"', "number", "[4, 5]", '"8/10"', "\u00b2"),
    ),
    BEYOND: ("0", "-0", "-4", "\u22124", "5.5", "1e9", "1e400", "5.6e8", "9" * 500),
}
LANGUAGES = ("json", "JSON", "json5", "jsonc", "text", "javascript", "python")
SCORES: dict[Said, tuple[str, ...]] = {
    4: (
        *(f'```{language}\n{{"score": 4}}\n```' for language in LANGUAGES),
        *(
            "```yaml\nscore: 4\n```",
            '{"overall_score": 4}',
            '{"final_score": 4, "reason": "2 bugs"}',
            '{"score": 4}<|im_end|>',
        ),
        *(
            '{"score": 4, "overall_score": 3}',
            "<score>4</score>",
            "<score>4</score>\n\nA score: 5 is for code without a fault.",
            "<rating>\n4/5\n</rating>",
            "Score: <score>4</score> fine",
        ),
        *(
            "Score: __4__",
            "Score: _4_",
            "Score [1-5]: 4",
            "Score out of 5: 4",
            "Score on a scale of 1-5: 4",
            "score -> 4",
        ),
        *(
            "Score on a scale from 1 to 5: 4",
            "Score from 1 to 5: 4",
            "On a scale from 1 to 5, I give it a 4.",
            "score \u2192 4",
        ),
        *("On a scale of 1 to 5, this is a 4.", "4 - Good", "4: good", "4 (good)", "4 stars", "4, because it works."),
        *(
            "4 \u2014 mostly right",
            "score\uff1a4\uff0f5",
            "Score:\u200b 4\u200b",
            "- Style: 3/5\n- Speed: 5/5\n- Overall: 4/5",
        ),
        *(
            "Verdict: 4",
            "I rate it 4.",
            "It is about 4.",
            "Score: 4 - 2 bugs were found",
            "<thinking>Score: 2</thinking>4",
        ),
        *("A score of 5 would be perfect.\nScore: 4", "It passes 3 of 5 tests.\nScore: 4", "It passes 2/5 tests. 4/5."),
    ),
    NONE: (
        *(
            "Score: 3-4",
            "Score: 3\u20134",
            "Score: 3 - 4",
            "Score: 3~4",
            "Score: 3 to 4",
            "Score: 3 or 4",
            "Score: 4,5",
        ),
        *(
            "Score: 4 or 5",
            "a score of 3 or 4",
            "Score: 4+",
            "Score: >3",
            "Score: <4",
            "Score: \u22654",
            "Score: at least 4",
        ),
        *("Score: not 5", "Score (1-5):", "4%", "Score: 4%", "It passes 4/5 tests.", "It passes 4 out of 5 tests."),
        *(
            "Only 3 out of 5 requirements are met.",
            "Total: 3 bugs",
            "It fails on line 4.",
            "Uses Python 3.",
            "See section 4",
        ),
        *(
            "It has O(n^2)",
            "The function f2 returns 3.",
            "x = 4",
            "return 4",
            "Bug in step 3",
            '{"reason": "It handles 2',
        ),
        *("A score of 5 would be perfect; I give less", "1: correct\n2: fast", "<think>a</think><think>Score: 4"),
        *(
            "<thinking>Score: 2",
            "```python\nscore = 4\n```",
            "~~~python\nscore = 4\n~~~",
            "```\nscore: 4\n```\nscore: 3",
        ),
    ),
    BEYOND: ("Score: 7", "0", "Score: -3", "Rating: 5.6e8", "<score>7</score>", "9" * 500),
}
LEADING: dict[Said, tuple[str, ...]] = {
    8: (
        "8 - well done",
        "8: very good",
        "8 (very good)",
        "8 points",
        "8, I think",
        "8/10!",
        "# 8",
        "__8__",
        "8 because it works",
    ),
    NONE: (
        "7-8",
        "7\u20138",
        "7 to 8",
        "7 or 8",
        "7,5",
        "80%",
        "8+",
        ">8",
        "8 bugs",
        "1. It works.\n2. It is fast.",
        "v8",
    ),
    BEYOND: ("0", "11", "-3", "80"),
}
CHOSEN: dict[Said, tuple[str, ...]] = {
    0.0: (
        *(
            "'B'",
            "\\boxed{B}",
            "$\\boxed{\\text{B}}$",
            "__B__",
            "_B_",
            "Answer: \\boxed{B}",
            "B</s>",
            "B<|im_end|>",
            "\u200bB",
        ),
        *(
            "Response B is better than response A.",
            "B is better than A",
            "A quick look shows that B is better.",
            "### Answer\nB",
        ),
        *(
            "Response A is good. Response B is better.",
            "The answer is B, not A.",
            "Better: B",
            "Which is better? B",
            "So, B.",
        ),
        *(
            "I compared A and B. The better response is B.",
            "Response B is better because it does not crash.",
            "I choose B",
        ),
        *(
            "Response A fails. Response B wins.",
            "I'd go with B.",
            "Answer: B\n\nA is better at naming.",
            "[[B]]",
            "> B",
        ),
    ),
    NONE: (
        *(
            "A is better. B is better.",
            "B fails for point A.",
            "The bug is in class A.",
            "O(B)",
            "f(A)",
            "B/A",
            "A if A is better",
        ),
        *(
            "The question is whether A is better.",
            "A is better in speed and B in style.",
            "A A A",
            "A is not better",
            "C/A",
        ),
        *("A if response A is better, B if response B is better.", "Answer: A if it is better, B if not.", "Not B."),
    ),
    1.0: (
        "Response A is better. B, by contrast, crashes.",
        "A is the best; B, however, is short.",
        "A is better\nB, in turn, is not",
    ),
}
