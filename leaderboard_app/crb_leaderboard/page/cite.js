/* Cite: the table of the board as it is filtered, and what to cite. The downloads equal `crb export`. */
(function (CRB) {
  "use strict";
  const { el, button, choice, text, download: save } = CRB.dom;
  const { format } = CRB;
  const KINDS = {
    latex: { label: "LaTeX", name: "tex", type: "text/x-tex" },
    bibtex: { label: "BibTeX", name: "bib", type: "application/x-bibtex" },
    csv: { label: "CSV", name: "csv", type: "text/csv" },
  };

  /** The text of an export of what the board shows. */
  function content(kind, found, state, services) {
    const models = CRB.visible(found, state).map((model) => model.name);
    if (!models.length) return Promise.reject(new Error("No model passes the filters of the board."));
    const intervals = state.intervals ? "interval" : "none";
    const choices = {
      benchmark: found.board.benchmark.name,
      models,
      by: state.columns,
      measure: state.measure,
      intervals,
    };
    if (services.exporter) return services.exporter(kind, choices);
    return services
      .load(`exports/${found.place}/${state.columns}`)
      .then((parts) =>
        kind === "latex"
          ? CRB.exports.latex(parts, models, state.measure, intervals)
          : CRB.exports[kind](parts, models),
      );
  }

  const fileName = (kind, found, state) =>
    `crb-${found.board.benchmark.name.replace(/[^A-Za-z0-9.-]+/g, "-")}-${state.columns}.${KINDS[kind].name}`;

  function download(kind, found, state, services) {
    return content(kind, found, state, services)
      .then((made) => save(fileName(kind, found, state), made, KINDS[kind].type))
      .catch((error) => services.complain("The download could not be made.", error));
  }

  /** The same table from the command line. */
  function command(kind, found, state, all) {
    const models = CRB.visible(found, state).map((model) => model.name);
    const words = ["crb export", `--benchmark ${found.board.benchmark.name}`, `--format ${kind}`];
    if (kind !== "bibtex") words.push(`--by ${state.columns}`);
    if (kind === "latex")
      words.push(`--measure ${state.measure}`, ...(state.intervals ? ["--intervals interval"] : []));
    if (models.length < all) words.push(`--models ${models.join(",")}`);
    return models.length ? format.plain(words.join(" "), 20000) : "";
  }

  function create(found, store, services) {
    const columns = choice(
      "Columns",
      [
        ["overall", "Accuracies"],
        ["criterion", "Criteria"],
        ["language", "Languages"],
        ["subset", "Subsets"],
      ],
      (value) => store.set({ columns: value }),
    );
    const measure = CRB.controls.measures(store);
    const intervals = button("Intervals in LaTeX", () => store.set({ intervals: store.get().intervals ? "" : "1" }), {
      class: "crb-toggle",
      "aria-pressed": "false",
    });
    const said = el("p", { class: "crb-quiet" });
    const boxes = Object.entries(KINDS).map(([kind, { label }]) => {
      const shown = el("pre", { tabindex: "0", role: "region", "aria-label": label });
      const typed = el("code", { class: "crb-command", tabindex: "0", role: "region", "aria-label": `Command for ${label}` });
      const copied = el("span", { class: "crb-quiet", "aria-live": "polite" });
      const copy = button("Copy", () => {
        navigator.clipboard
          ? navigator.clipboard.writeText(shown.textContent).then(
              () => text(copied, "Copied."),
              () => mark(shown, copied),
            )
          : mark(shown, copied);
      });
      const node = el(
        "section",
        { class: "crb-export", "data-kind": kind },
        el("h2", {}, label),
        el(
          "p",
          { class: "crb-bar" },
          copy,
          button(`Download ${label}`, () => download(kind, found, store.get(), services)),
          copied,
        ),
        shown,
        el("p", { class: "crb-quiet" }, "The same from the command line:"),
        typed,
      );
      return { kind, shown, typed, node };
    });
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Cite" },
      el(
        "p",
        {},
        "Tables and references of what the board shows now: its filters, columns and accuracy hold here too.",
      ),
      el("div", { class: "crb-bar" }, columns, measure, intervals),
      said,
      boxes.map((one) => one.node),
    );

    function refresh(state) {
      columns.refresh(state.columns);
      measure.refresh(state.measure);
      intervals.setAttribute("aria-pressed", String(Boolean(state.intervals)));
      const all = found.board.models.length;
      text(
        said,
        `${format.count(CRB.visible(found, state).length)} of ${format.plural(all, "model", "models")}, in the order of crb export: by class of size.`,
      );
      for (const box of boxes) {
        text(box.typed, command(box.kind, found, state, all));
        box.typed.hidden = box.typed.previousSibling.hidden = !box.typed.textContent;
        content(box.kind, found, state, services).then(
          (made) =>
            text(box.shown, made.length > 60000 ? made.slice(0, 60000) + "\n… the download has all of it" : made),
          (error) => text(box.shown, error.message),
        );
      }
    }
    return { node, refresh };
  }

  function mark(shown, copied) {
    getSelection().selectAllChildren(shown);
    text(copied, "Marked: press Ctrl+C.");
  }

  CRB.cite = { create, download, content };
})((window.CRB = window.CRB || {}));
