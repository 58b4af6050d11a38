/* About the numbers: what a reader must know to trust a row, with the board's own figures as examples. */
(function (CRB) {
  "use strict";
  const { el, plain } = CRB.dom;
  const { format } = CRB;

  /** The models with the most undecided pairs, by all three accuracies. */
  function hidden(board) {
    const rows = board.models
      .filter((model) => model.kind !== "baseline" && model.tie_rate + model.invalid_rate >= 0.01)
      .sort((a, b) => b.tie_rate + b.invalid_rate - a.tie_rate - a.invalid_rate)
      .slice(0, 6);
    if (!rows.length) return null;
    const heads = ["Model", "Strict", "Half credit", "Valid", "Ties %", "Invalid %"];
    return el(
      "div",
      { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "What strict hides" },
      plain(
        heads,
        rows.map((model) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, el("bdi", {}, format.plain(model.label))),
            ["strict", "half", "valid"].map((kind) =>
              el("td", { class: "crb-number" }, format.percent(model[kind].groups[0][0])),
            ),
            [3, 4].map((at) =>
              el("td", { class: "crb-number" }, format.ratio(model.counts[0][at], model.counts[0][0])),
            ),
          ),
        ),
        "Models with many ties or invalid pairs",
      ),
    );
  }

  function section(title, ...parts) {
    return [el("h2", {}, title), parts.map((part) => (typeof part === "string" ? el("p", {}, part) : part))];
  }

  function create(found) {
    const { board } = found;
    const node = el(
      "section",
      { class: "crb-view crb-prose", "aria-label": "About the numbers" },
      section(
        "What is counted",
        `Each of the ${format.count(board.benchmark.n)} pairs of ${format.plain(board.benchmark.name, 60)} holds a better and a worse response to one prompt. A model scores both. A pair is right if the better one scores higher, wrong if the worse one does, a tie if the scores are equal to the last bit, and invalid if one of them has no score. No pair is dropped, for any reason.`,
      ),
      section(
        "Strict, half credit, valid",
        "Strict counts ties and invalid pairs as wrong: the published figure. Half credit gives one half for them. Valid leaves them out. Each alone can be gamed: strict punishes coarse scores, valid rewards a judge that decides only the easy pairs, half credit gives one half to a model that says nothing. So the tie and the invalid rate stand in every row.",
        "What strict hides, on this board:",
        hidden(board) || el("p", { class: "crb-quiet" }, "No model here has one tie or invalid pair in a hundred."),
      ),
      section(
        "Overall, three ways",
        "All pairs (micro) is the published figure, and its largest criterion weighs the most in it. The mean of the criteria gives each criterion the same weight, the mean of the subsets each source. Choosing a criterion or a language in the filters shows the figures, ranks and intervals of these pairs alone.",
      ),
      section(
        "Intervals",
        "All are 95% intervals. A line in the board is one model's uncertainty by itself: Wilson's interval, for half credit with the effective sample size, for means the delta method. Two models are never compared by whether their lines overlap: they answered the same pairs, so they are compared pair by pair.",
      ),
      section(
        "Rank intervals",
        "A rank such as 3-9 says: at least two models are certainly better, and all behind the ninth place are certainly worse. Certain means: McNemar's exact test (strict), Fisher's randomisation test (half credit) or the score test of paired predictive values (valid), corrected by Holm over every two models of the board. Together the rank intervals hold all true ranks with 95% confidence.",
      ),
      section(
        "Against a reference",
        "Click a row to make it the reference. ≈ marks the models that cannot be told apart from it, ↑ the certainly better and ↓ the certainly worse ones, corrected for the comparisons with this one model. Not being told apart is not being equal, and it is not transitive: there are no tiers and no medals here.",
      ),
      section(
        "Few pairs",
        `† and hatching mark figures from fewer than ${board.few} pairs. At 50 pairs the interval around one half spans 27 points.`,
      ),
      section(
        "Baselines",
        "Rows in italics read nothing: the longer response, the shorter one, the one with more comments, a coin. A model that does not beat the longer response has not shown that it reads the code.",
      ),
      section(
        "Findings",
        "Badges come from crb doctor, with the evidence under details: many ties, scores on a grid, one value that stands for no answer, unparsed answers, accuracy near chance.",
      ),
      section(
        "Published figures",
        "What the paper and the README print, as they print it: = where the counts give the figure at its printed precision, ≠ where they do not.",
      ),
      section(
        "What this page computes",
        "Nothing: every figure was computed by crb from counts, and the page formats, sorts and filters. A criterion by language difference is that of the two figures beside each other.",
      ),
    );
    return { node, refresh() {} };
  }

  CRB.about = { create };
})((window.CRB = window.CRB || {}));
