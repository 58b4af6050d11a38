/* The benchmarks of others: figures of runs of crb, and beside them, apart, what others printed of a model. Only figures
   of runs are ranked: a printed one need not be of the same items, prompts or arithmetic. */
(function (CRB) {
  "use strict";
  const { el, attribute, text, choice, button } = CRB.dom;
  const { format } = CRB;
  const POINTS = { share: 1, difference: 1 };

  /** A figure for people: percent, points with a sign, or a plain number; its interval as a title and in brackets. */
  function shown(limits, unit) {
    if (!limits || limits[0] === null || limits[0] === undefined) return [format.NONE, ""];
    const [value, low, high] = limits;
    const one = (number) =>
      number === null || number === undefined
        ? format.NONE
        : unit === "difference"
          ? format.points(format.whole(number))
          : unit === "share"
            ? number < 0
              ? format.MINUS + format.percent(-number)
              : format.percent(number)
            : number.toFixed(4);
    return [one(value), low === null || low === undefined ? "" : `[${one(low)}, ${one(high)}]`];
  }

  const measured = (model, key) => (model.measured[key] ? model.measured[key][0] : null);
  const cited = (model, key) => (model.cited[key] ? Number(model.cited[key][0][0]) : null);

  const lower = (board, key) => board.figures.some((one) => one.key === key && one.lower);

  /** How the rows of a board stand: by a column, the best first, rows without a figure last and by name. Unasked, that
      is the first figure of runs; a board of cited figures alone stands by name, for nothing here ranks them. */
  function ordered(board, order) {
    const [kind, key] = order ? [order.slice(0, 1), order.slice(1)] : ["m", board.figures.length ? board.figures[0].key : ""];
    const value = (model) => (kind === "c" ? cited(model, key) : measured(model, key));
    const sign = kind === "m" && lower(board, key) ? -1 : 1;
    return [...board.models].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return x === y ? (a.name < b.name ? -1 : 1) : x === null ? 1 : -1;
      return sign * (y - x) || (a.name < b.name ? -1 : 1);
    });
  }

  function head(label, hint, key, store, state, kind, rising) {
    const on = state.order === key;
    return el(
      "th",
      { scope: "col", title: hint, class: kind, "aria-sort": on ? (rising ? "ascending" : "descending") : null },
      button([label, on ? el("span", { "aria-hidden": "true" }, rising ? " ↑" : " ↓") : ""], () => store.set({ order: on ? "" : key })),
    );
  }

  function table(board, store, state) {
    const title = format.plain(board.benchmark.title, 60);
    const names = board.models.some((model) => model.measured[(board.figures[0] || {}).key]);
    const columns = names ? board.figures : [];
    const row = (model) =>
      el(
        "tr",
        { class: model.kind === "baseline" ? "crb-other-baseline" : "" },
        el(
          "th",
          { scope: "row" },
          model.url
            ? el(
                "a",
                { href: model.url, target: "_blank", rel: "noopener noreferrer" },
                el("bdi", {}, format.plain(model.label)),
              )
            : el("bdi", {}, format.plain(model.label)),
          el("span", { class: "crb-quiet" }, ` ${format.plain(model.org, 60)}`),
        ),
        el("td", {}, format.size(model.params_b)),
        columns.map((one) => {
          const [value, interval] = shown(model.measured[one.key], one.unit);
          return el("td", { title: interval }, value, interval ? el("span", { class: "crb-quiet" }, ` ${interval}`) : "");
        }),
        board.cited.map((one) => {
          const found = model.cited[one.key] || [];
          return el(
            "td",
            { class: "crb-cited", title: found.map(([printed, source]) => `${printed}: ${source}`).join("\n") },
            found.length ? found.map(([printed]) => format.plain(printed, 20)).join(" / ") : format.NONE,
          );
        }),
      );
    return el(
      "table",
      { class: "crb-others" },
      el("caption", { class: "crb-hidden" }, `${title}: figures of runs, and figures printed by others`),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, "Model"),
          el("th", { scope: "col" }, "Size"),
          columns.map((one) =>
            head(
              format.plain(one.title, 60),
              [POINTS[one.unit] ? "In percent, with its 95% interval" : "", one.lower ? "Lower is better" : ""].filter(Boolean).join(". "),
              "m" + one.key,
              store,
              state,
              "",
              Boolean(one.lower),
            ),
          ),
          board.cited.map((one) =>
            head(
              `${format.plain(one.title, 60)} (cited)`,
              "As printed by others; not recomputed. The source stands at each figure.",
              "c" + one.key,
              store,
              state,
              "crb-cited",
            ),
          ),
        ),
      ),
      el("tbody", {}, ordered(board, state.order).map(row)),
    );
  }

  function create(found, store, services) {
    const boards = services.others;
    const pick = choice(
      "Benchmark",
      boards.map((board) => [board.benchmark.name, format.plain(board.benchmark.title, 40)]),
      (other) => store.set({ other, order: "" }),
    );
    const line = el("p", { class: "crb-headline", "aria-live": "polite" });
    const body = el("div", { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Table of the benchmark" });
    const notes = el("div", { class: "crb-quiet" });
    const node = el("section", { class: "crb-view", "aria-label": "Other benchmarks" }, el("div", { class: "crb-bar" }, pick), line, body, notes);

    function refresh(state) {
      const board = boards.find((one) => one.benchmark.name === state.other) || boards[0];
      pick.refresh(board.benchmark.name);
      const runs = board.models.filter((model) => Object.keys(model.measured).length && model.kind !== "baseline").length;
      const printed = board.models.filter((model) => Object.keys(model.cited).length).length;
      text(
        line,
        `${format.plain(board.benchmark.title, 60)}: ${format.plural(runs, "model run here", "models run here")}, ` +
          `${format.plural(printed, "model", "models")} with figures printed by others.`,
      );
      attribute(body, "data-benchmark", board.benchmark.name);
      body.replaceChildren(table(board, store, state));
      notes.replaceChildren(
        ...[
          ...board.notes.map((one) => el("p", {}, format.plain(one, 400))),
          printed ? el("p", {}, "Cited figures stand as they are printed; nothing here recomputes or ranks them.") : "",
          board.benchmark.url
            ? el("p", {}, el("a", { href: board.benchmark.url, target: "_blank", rel: "noopener noreferrer" }, "The benchmark"))
            : "",
        ].filter(Boolean),
      );
    }
    return { node, refresh };
  }

  CRB.others = { create, ordered, shown };
})((window.CRB = window.CRB || {}));
