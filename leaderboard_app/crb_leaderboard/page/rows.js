/* The rows of the board. A row is built once; a switch writes into its cells. All rows stay in the document, so that the
   browser's own search and its printer see every one. */
(function (CRB) {
  "use strict";
  const { el, attribute, text, button } = CRB.dom;
  const { format, figures } = CRB;
  const MARKS = { "=": "≈", "+": "↑", "-": "↓", ".": "◆" };
  const SAID = {
    "=": "cannot be told apart from the reference",
    "+": "certainly better than the reference",
    "-": "certainly worse than the reference",
    ".": "the reference",
  };

  function badge(model, state, toggle) {
    const found = model.findings;
    if (!found.length) return null;
    const severe = found.some((one) => one.severity === "error")
      ? "error"
      : found.some((one) => one.severity === "warning")
        ? "warning"
        : "note";
    const sign = { error: "✕", warning: "▲", note: "●" }[severe];
    return button(
      [el("span", { "aria-hidden": "true" }, sign + " "), format.plural(found.length, "finding", "findings")],
      (event) => {
        event.stopPropagation();
        toggle(model.name);
      },
      {
        class: `crb-badge crb-${severe}`,
        "aria-expanded": "false",
        title: found.map((one) => one.code).join(", "),
      },
    );
  }

  function create(model, columns, actions) {
    const mark = el("span", { class: "crb-mark", "aria-hidden": "true" });
    const rank = el("span", { class: "crb-rank-text" });
    const said = el("span", { class: "crb-hidden" });
    const choose = button(
      [mark, rank, said],
      (event) => {
        event.stopPropagation();
        actions.refer(model.name);
      },
      { class: "crb-ref", "aria-pressed": "false" },
    );
    const found = badge(model, null, actions.open);
    // A row with findings opens by their badge.
    const more = found
      ? null
      : button(
          "details",
          (event) => {
            event.stopPropagation();
            actions.open(model.name);
          },
          { class: "crb-more", "aria-expanded": "false", "aria-label": `Details of ${format.plain(model.label)}` },
        );
    const name = format.plain(model.label);
    const title = model.url
      ? el(
          "a",
          {
            href: model.url,
            target: "_blank",
            rel: "noopener noreferrer",
            class: "crb-name",
            on: { click: (e) => e.stopPropagation() },
          },
          el("bdi", {}, name),
        )
      : el("span", { class: "crb-name" }, el("bdi", {}, name));
    const small = el(
      "span",
      { class: "crb-under" },
      model.org ? el("bdi", { class: "crb-org" }, format.plain(model.org, 60)) : null,
      model.size_class
        ? el("span", { class: "crb-size", title: "class of size" }, format.plain(model.size_class, 8))
        : null,
      model.kind !== "scalar" ? el("span", { class: "crb-kind" }, format.plain(model.kind, 20)) : null,
      found,
      more,
    );
    const value = el("span", { class: "crb-value" });
    const limits = el("span", { class: "crb-limits" });
    const line = CRB.line.create(model.kind);
    const overall = el(
      "td",
      { role: "cell", class: "crb-main" },
      el("div", { class: "crb-main-box" }, value, line.node, limits),
    );
    const cell = (extra) => el("td", { role: "cell", class: "crb-number " + (extra || "") });
    const parts = {
      ties: cell(),
      invalid: cell(),
      n: cell(),
      size: cell(),
      licence: el("td", { role: "cell", class: "crb-text" }),
      date: actions.dated ? el("td", { role: "cell", class: "crb-text" }) : null,
    };
    text(parts.size, format.size(model.params_b));
    text(parts.licence, model.license ? format.plain(model.license, 40) : format.NONE);
    if (parts.date) text(parts.date, model.date ? format.plain(model.date, 10) : format.NONE);
    const tr = el(
      "tr",
      {
        role: "row",
        on: {
          click: (event) => {
            if (!String(getSelection())) actions.refer(model.name);
          },
        },
      },
      el("td", { role: "cell", class: "crb-rank" }, choose),
      el("th", { scope: "row", role: "rowheader", class: "crb-model" }, title, small),
      overall,
      parts.ties,
      parts.invalid,
    );
    const row = {
      model,
      tr,
      mark,
      rank,
      said,
      choose,
      found,
      more,
      value,
      limits,
      line,
      overall,
      parts,
      columns: [],
      detail: null,
    };
    recolumn(row, columns);
    return row;
  }

  /** Give a row the cells of other columns. */
  function recolumn(row, columns) {
    for (const cell of row.columns) cell.remove();
    row.columns = columns.map(() => el("td", { role: "cell", class: "crb-number" }));
    const { n, size, licence, date } = row.parts;
    row.tr.append(...row.columns, n, size, licence, ...(date ? [date] : []));
  }

  function printed(cell, found, model, key, on) {
    const old = cell.querySelector(".crb-cited");
    if (old) old.remove();
    if (!on || !key) return;
    const rows = figures.cited(found, model, key);
    if (!rows.length) return;
    cell.append(
      el(
        "span",
        { class: "crb-cited" },
        rows.map(([source, figure, recomputed, agrees]) => {
          const differs = agrees === false;
          const says = differs ? `, differs: the counts give ${recomputed}` : agrees ? ", as counted here" : "";
          return el(
            "span",
            { class: differs ? "crb-differs" : null, title: `${format.plain(source)}${says}` },
            `${differs ? "≠" : "="} ${format.plain(figure, 12)}`,
          );
        }),
      ),
    );
  }

  /** The number of a cell, in a span of its own once something else stands there too. */
  function put(cell, shown, few) {
    const first = cell.firstChild;
    if (first && first.nodeType === 3) {
      if (first.data !== shown) first.data = shown;
    } else cell.prepend(document.createTextNode(shown));
    cell.classList.toggle("crb-few", Boolean(few));
  }

  function update(row, view) {
    const { found, state, where, columns, axis, letters } = view;
    const { model } = row;
    const estimate = figures.estimate(model, where, state);
    const [n, , , tie, invalid] = figures.counts(model, where);
    const rank = format.rank(figures.rank(model, where, state));
    text(row.rank, rank);
    const letter = letters ? letters[found.models.get(model.name)] : state.ref === model.name ? "." : "";
    text(row.mark, MARKS[letter] || "");
    text(
      row.said,
      (rank === format.NONE ? "no rank, " : "") +
        (SAID[letter] || "make it the reference") +
        ": " +
        format.plain(model.label),
    );
    attribute(row.choose, "aria-pressed", String(state.ref === model.name));
    attribute(
      row.tr,
      "class",
      { "=": "crb-alike", ".": "crb-reference" }[letter] || (model.kind === "baseline" ? "crb-baseline" : null),
    );
    text(row.value, format.percent(estimate[0]));
    row.value.classList.toggle("crb-few", n < found.board.few);
    text(row.limits, format.interval(estimate[1], estimate[2]));
    CRB.line.update(row.line, axis, estimate);
    put(row.parts.ties, format.ratio(tie, n));
    put(row.parts.invalid, format.ratio(invalid, n));
    put(row.parts.n, format.count(n) + (model.coverage < 1 ? ` (${format.percent(model.coverage)}%)` : ""));
    const shown = model[state.measure].groups;
    columns.forEach((column, place) =>
      put(row.columns[place], format.percent(shown[column.place][0]), column.n < found.board.few),
    );
    if (view.published || row.cited) {
      printed(row.overall, found, model, where.mean ? null : where.key, view.published);
      columns.forEach((column, place) => printed(row.columns[place], found, model, column.key, view.published));
      row.cited = view.published;
    }
  }

  CRB.rows = { create, recolumn, update };
})((window.CRB = window.CRB || {}));
