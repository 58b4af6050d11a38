/* What opens under a row: the doctor's findings with their evidence, where the scores come from, printed figures. */
(function (CRB) {
  "use strict";
  const { el, plain } = CRB.dom;
  const { format } = CRB;
  const SIGNS = { error: "✕ error", warning: "▲ warning", note: "● note" };

  function findings(model) {
    if (!model.findings.length)
      return el("p", { class: "crb-quiet" }, "crb doctor has found nothing in this model's scores.");
    return el(
      "dl",
      { class: "crb-findings" },
      model.findings.map((one) => [
        el(
          "dt",
          { class: `crb-${one.severity in SIGNS ? one.severity : "note"}` },
          `${SIGNS[one.severity] || "● note"}: ${format.plain(one.code, 60)}`,
        ),
        el("dd", {}, format.plain(one.message, 1200)),
      ]),
    );
  }

  function facts(model) {
    const of = model.provenance || {};
    const rows = [
      ["Family", model.family],
      ["Prompts", model.prompts],
      ["Revision", model.revision],
      ["Scores", of.origin],
      ["Made with", of.tool],
      ["Distinct scores", model.resolution && format.count(model.resolution.distinct)],
    ].filter((row) => row[1] && row[1] !== "unknown");
    return el(
      "dl",
      { class: "crb-facts" },
      rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, el("bdi", {}, format.plain(value))))),
    );
  }

  function published(model, names) {
    const rows = Object.entries(model.published || {}).flatMap(([source, figures]) =>
      figures.map((figure) => [source, ...figure]),
    );
    if (!rows.length) return null;
    const differing = rows.filter((row) => row[6] === false).length;
    const heads = ["Source", "Benchmark", "Pairs", "Metric", "Printed", "Counted here", ""];
    return el(
      "details",
      { class: "crb-published" },
      el(
        "summary",
        {},
        `${format.plural(rows.length, "printed figure", "printed figures")}, ${differing || "none"} differing from the counts`,
      ),
      el(
        "div",
        { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Printed figures" },
        plain(
          heads,
          rows.map(([source, metric, benchmark, group, figure, recomputed, agrees]) =>
            el(
              "tr",
              { class: agrees === false ? "crb-differs" : null },
              [source, benchmark, names.get(group) || group, metric].map((one) => el("td", {}, format.plain(one))),
              el("td", { class: "crb-number" }, format.plain(figure, 20)),
              el("td", { class: "crb-number" }, recomputed === null ? format.NONE : String(recomputed)),
              el("td", {}, agrees === null ? "" : agrees ? "= agrees" : "≠ differs"),
            ),
          ),
        ),
      ),
    );
  }

  function row(model, found, span) {
    const names = new Map(found.board.groups.map((group) => [group.key, format.group(group)]));
    return el(
      "tr",
      { class: "crb-detail", role: "row" },
      el(
        "td",
        { role: "cell", colspan: span },
        el(
          "div",
          { class: "crb-detail-box" },
          el("h3", {}, el("bdi", {}, format.plain(model.name))),
          findings(model),
          facts(model),
          published(model, names),
        ),
      ),
    );
  }

  CRB.details = { row };
})((window.CRB = window.CRB || {}));
