/* The board: one table, whose rows are built once and then written into. */
(function (CRB) {
  "use strict";
  const { el, attribute, text, button } = CRB.dom;
  const { format, figures, rows, sorting } = CRB;
  const MANY = 150; // rows; below it all are laid out, so that marking and copying takes all of them along
  const DOWN = new Set(["overall", "ties", "invalid", "n", "size", "date"]); // what is read from the largest down

  function heading(key, label, hint, store, extra) {
    const sign = el("span", { class: "crb-sort", "aria-hidden": "true" });
    const act = () => {
      const { sort, dir } = store.get();
      const first = DOWN.has(key) || key.includes(":") ? "desc" : "asc";
      store.set({ sort: key, dir: sort === key ? (dir === "asc" ? "desc" : "asc") : first });
    };
    const node = el(
      "th",
      { scope: "col", role: "columnheader", class: "crb-head-" + key.split(":")[0], title: hint },
      button([el("span", {}, label), sign], act),
      extra,
    );
    node.refresh = (state) => {
      const on = state.sort === key;
      attribute(node, "aria-sort", on ? (state.dir === "asc" ? "ascending" : "descending") : null);
      text(sign, on ? (state.dir === "asc" ? "↑" : "↓") : "");
    };
    return node;
  }

  /** The heading sentence: who is first, and how many cannot be separated from it, or from the reference. Without a
      reference it goes by the rank intervals, as the first column does: the top was not chosen beforehand, so the
      narrower family of comparisons with one model would promise too much. */
  function headline(view) {
    const { found, state, where, letters } = view;
    const label = (name) => {
      const at = found.models.get(name);
      return el("strong", {}, el("bdi", {}, format.plain(at === undefined ? name : found.board.models[at].label)));
    };
    const pairs = ` ${where.key === "overall" ? "on all pairs" : where.mean ? `by the ${where.label.toLowerCase()}` : `on ${where.label}`}`;
    if (state.ref && found.models.has(state.ref)) {
      if (!letters)
        return ["Reference: ", label(state.ref), ". It was not compared with the others here: no sign is shown."];
      const tally = (sign) => letters.split(sign).length - 1;
      const said = [
        `${format.plural(tally("="), "model", "models")} cannot be told apart from it${pairs}`,
        `${format.count(tally("+"))} certainly better`,
        `${format.count(tally("-"))} certainly worse`,
      ];
      return ["Reference: ", label(state.ref), `. ${said.join(", ")}.`];
    }
    const head = figures.head(found, where, state);
    if (!head && found.board.models.length === 1) return ["One model: there is nothing to rank it against."];
    if (!head)
      return [
        where.n
          ? "These models were not compared on this part of the pairs: no ranks here."
          : "The benchmark has no such pairs.",
      ];
    const tops = found.board.models.filter((model) => (figures.rank(model, where, state) || [])[0] === 1).length;
    if (tops < 2)
      return [
        label(head.model),
        ` is first${pairs}, certainly better than each of the ${format.count(head.compared - 1)} others.`,
      ];
    return [
      label(head.model),
      ` is ahead${pairs}. ${format.plural(tops - 1, "other model", "other models")} of ${format.count(head.compared - 1)} cannot be separated from the top.`,
    ];
  }

  function create(found, store, services) {
    const { board } = found;
    const controls = CRB.controls.create(found, store);
    const line = el("p", { class: "crb-headline", "aria-live": "polite" });
    const note = el("p", { class: "crb-quiet crb-count" });
    const clear = button("Clear the reference", () => store.set({ ref: "" }), { class: "crb-plain-button" });
    const ruler = el("span", { class: "crb-ruler-box" });
    const dated = board.models.some((model) => model.date); // a column of dashes tells nothing
    const fixed = {
      first: [
        heading(
          "rank",
          "Rank",
          "95% rank interval from paired tests of every two models. Choose a row to make it the reference.",
          store,
        ),
        heading("model", "Model", "The model, its organisation and class of size", store),
        heading("overall", "Overall", "Percent right, with its 95% interval", store, ruler),
        heading("ties", "Ties %", "Pairs with equal scores", store),
        heading("invalid", "Invalid %", "Pairs without a score", store),
      ],
      last: [
        heading(
          "n",
          "Pairs",
          "Pairs of the benchmark; in brackets the share that was scored, where it is not all",
          store,
        ),
        heading("size", "Size", "Parameters", store),
        heading("licence", "Licence", "Licence of the weights", store),
        dated ? heading("date", "Date", "When the scores were made", store) : null,
      ].filter(Boolean),
    };
    const headRow = el("tr", { role: "row" });
    const body = el("tbody", { role: "rowgroup" });
    const caption = el("caption", { class: "crb-hidden" });
    const table = el(
      "table",
      {
        class: `crb-board${board.models.length > MANY ? " crb-many" : ""}${dated ? "" : " crb-undated"}`,
        role: "table",
      },
      caption,
      el("thead", { role: "rowgroup" }, headRow),
      body,
    );
    const scroll = el(
      "div",
      { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Leaderboard table" },
      table,
    );
    const empty = el(
      "div",
      { class: "crb-empty", hidden: true },
      el("p", {}, "No model passes these filters."),
      button("Clear filters", () => store.set({ q: "", size: "", kind: "", licence: "", family: "" }), {}),
    );
    const tools = el(
      "p",
      { class: "crb-tools" },
      el(
        "span",
        { class: "crb-legend" },
        "◆ reference  ≈ not told apart  ↑ certainly better  ↓ certainly worse  ○ scalar  □ judge  ◇ baseline, with its 95% interval  ┊ chance  † fewer than 50 pairs",
      ),
      button("Download CSV", () => services.download("csv"), {}),
      button("Download LaTeX", () => services.download("latex"), {}),
    );
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Board" },
      controls,
      el("div", { class: "crb-head-line" }, line, clear),
      note,
      scroll,
      empty,
      tools,
    );

    let columns = [];
    let heads = [];
    const columnsOf = (state) =>
      (state.columns === "overall"
        ? []
        : found.of(state.columns).length
          ? found.of(state.columns)
          : found.of("criterion")
      ).map((group) => ({
        key: group.key,
        n: group.n,
        label: format.group(group, true),
        hint: `${format.group(group)}: ${format.count(group.n)} pairs`,
        place: found.groups.get(group.key),
      }));
    const actions = {
      dated,
      refer: (name) => store.set({ ref: store.get().ref === name ? "" : name }),
      open: (name) => {
        const open = store.get().open.split("~").filter(Boolean);
        store.set(
          { open: (open.includes(name) ? open.filter((one) => one !== name) : [...open, name]).join("~") },
          true,
        );
      },
    };
    let listed = null;

    /** A row is a grid with fixed columns: no cell is measured before the layout, and of MANY rows the browser lays out
        those in sight alone; it still finds and prints them all. The price: a table's roles have to be written out. */
    function size() {
      const longest = (label) => Math.max(...label.split(" ").map((word) => word.length));
      const widths = columns.map((one) => Math.max(50, Math.round(longest(one.label) * 7.6) + 14));
      table.style.setProperty("--groups", widths.map((width) => `${width}px`).join(" ") || "0px");
      table.style.setProperty("--wide", `${widths.reduce((sum, width) => sum + width, 0)}px`);
    }

    function recolumn(state) {
      const wanted = columnsOf(state);
      if (listed && wanted.map((one) => one.key).join() === columns.map((one) => one.key).join()) return;
      columns = wanted;
      heads = [...fixed.first, ...columns.map((one) => heading(one.key, one.label, one.hint, store)), ...fixed.last];
      headRow.replaceChildren(...heads);
      size();
      scroll.classList.toggle("crb-tall", columns.length > 10);
      scroll.classList.toggle("crb-fits", columns.length <= 10);
      table.setAttribute("data-columns", columns.length);
      if (listed)
        for (const row of listed) {
          rows.recolumn(row, columns);
          if (row.detail) row.detail.firstChild.colSpan = heads.length;
        }
      else listed = board.models.map((model) => rows.create(model, columns, actions));
    }

    function opened(row, open) {
      const on = open.includes(row.model.name);
      for (const one of [row.found, row.more]) if (one) attribute(one, "aria-expanded", String(on));
      row.detail = on ? row.detail || CRB.details.row(row.model, found, heads.length) : null;
    }

    let shown = "";
    function refresh(state) {
      recolumn(state);
      const where = figures.scope(found, state);
      const view = {
        found,
        state,
        where,
        columns,
        letters: figures.letters(found, where, state),
        published: Boolean(state.published),
      };
      view.axis = CRB.line.axis(
        board.models.map((model) => figures.estimate(model, where, state)),
        board.benchmark.chance,
      );
      controls.refresh(state);
      for (const head of heads) head.refresh(state);
      ruler.replaceChildren(CRB.line.ruler(view.axis));
      const open = state.open.split("~");
      for (const row of listed) {
        rows.update(row, view);
        opened(row, open);
      }
      const kept = sorting.order(
        listed.filter((row) => sorting.passes(row.model, state)),
        view,
      );
      const order = kept.flatMap((row) => (row.detail ? [row.tr, row.detail] : [row.tr]));
      const same = kept.map((row) => row.model.name + (row.detail ? "+" : "")).join("\n");
      if (same !== shown) body.replaceChildren(...order);
      shown = same;
      line.replaceChildren(...headline(view));
      clear.hidden = !state.ref;
      scroll.hidden = !kept.length;
      empty.hidden = Boolean(kept.length);
      const sorted = found.groups.has(state.sort) && !columns.some((one) => one.key === state.sort);
      text(
        note,
        [
          kept.length < board.models.length
            ? `${format.count(kept.length)} of ${format.plural(board.models.length, "model", "models")} shown.`
            : `${format.plural(kept.length, "model", "models")}, baselines included; ${format.count(where.n)} pairs.`,
          where.n && where.n < board.few ? `Fewer than ${board.few} pairs: rough figures.` : "",
          sorted
            ? `Sorted by ${format.group(board.groups[found.groups.get(state.sort)])}, which is not among the columns.`
            : "",
        ]
          .filter(Boolean)
          .join(" "),
      );
      text(
        caption,
        `Leaderboard of ${format.plain(board.benchmark.name, 60)}: ${state.measure} accuracy in percent with 95% intervals`,
      );
    }

    return { node, refresh, shown: () => body };
  }

  CRB.board = { create, headline };
  CRB.visible = (found, state) => {
    const where = figures.scope(found, state);
    const view = { found, state, where, columns: [] };
    return sorting
      .order(
        found.board.models.filter((model) => sorting.passes(model, state)).map((model) => ({ model })),
        view,
      )
      .map((row) => row.model);
  };
})((window.CRB = window.CRB || {}));
