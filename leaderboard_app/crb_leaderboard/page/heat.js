/* Criterion x language: one model, or how far one is from another. One hue on one fixed scale; numbers are printed, so
   the colour only guides the eye. Under fifty pairs a cell is hatched. */
(function (CRB) {
  "use strict";
  const { el, select, button, text, plain } = CRB.dom;
  const { format } = CRB;
  const STEPS = 8;
  const LEAST = 0.5; // chance: the scale goes from here to all right
  const MOST = 0.3; // of differences, either way

  const step = (share) => Math.max(0, Math.min(STEPS, Math.floor(((share - LEAST) / (1 - LEAST)) * (STEPS + 1))));
  const far = (difference) => Math.max(0, Math.min(STEPS, Math.round((Math.abs(difference) / MOST) * STEPS)));

  function picker(label, found, key, store, none) {
    const options = found.board.models.map((model) => [model.name, format.plain(model.label, 60)]);
    return select(label, none ? [["", none], ...options] : options, "", (value) => store.set({ [key]: value }), {
      "data-pick": key,
    });
  }

  /** A model's share, or its difference to another's; null where either has none: no figure is not no difference. */
  function value(one, other) {
    if (one[0] === null || (other && other[0] === null)) return null;
    return other ? (format.whole(one[0]) - format.whole(other[0])) / 10000 : one[0];
  }

  function written(share, difference) {
    if (share === null) return format.NONE;
    return difference ? format.points(format.whole(share)) : format.percent(share);
  }

  /** A cell of `n` pairs: [value, low, high] of a model, or the difference to another's where there is one. */
  function cell(n, one, other, few) {
    const share = n ? value(one, other) : null;
    const shown = written(share, other);
    if (share === null) return el("td", { class: "crb-heat-none" }, shown);
    const sign = !other || shown === "0.0" ? "" : share > 0 ? "▲" : "▽";
    const level = other ? far(share) : step(share);
    const says = other
      ? `${format.percent(one[0])} against ${format.percent(other[0])}`
      : format.interval(one[1], one[2]);
    return el(
      "td",
      {
        class: `crb-heat-${level}${n < few ? " crb-hatched" : ""}`,
        title: `${says}, ${format.plural(n, "pair", "pairs")}`,
      },
      el("span", { class: "crb-heat-number" }, sign ? el("span", { class: "crb-heat-sign" }, sign) : null, shown),
      el("span", { class: "crb-heat-n" }, format.count(n)),
    );
  }

  function legend(difference) {
    const boxes = Array.from({ length: STEPS + 1 }, (_, level) =>
      el("span", { class: `crb-heat-box crb-heat-${level}`, "aria-hidden": "true" }),
    );
    const ends = difference ? ["0 points", "30 or more; ▲ the first is ahead, ▽ the second"] : ["50% or less", "100%"];
    return el(
      "p",
      { class: "crb-heat-legend" },
      ends[0],
      el("span", { class: "crb-heat-boxes" }, boxes),
      ends[1],
      el("span", { class: "crb-heat-box crb-hatched", "aria-hidden": "true" }),
      "fewer than 50 pairs. Small: pairs.",
    );
  }

  /** Every cell with its interval as text, for those who point at nothing: on a phone, by keyboard, by ear. */
  function listed(grid, heads) {
    const rows = grid.flatMap((row) =>
      row.figures
        .map(([n, one], at) => [row.label, heads[at], n, one])
        .filter(([, , n, one]) => n && one && one[0] !== null),
    );
    return plain(
      ["Criterion", "Language", "Pairs", "Percent", "95% interval"],
      rows.map(([criterion, language, n, one]) =>
        el(
          "tr",
          {},
          [criterion, language].map((name) => el("td", {}, name)),
          [format.count(n), format.percent(one[0]), format.interval(one[1], one[2])].map((figure) =>
            el("td", { class: "crb-number" }, figure),
          ),
        ),
      ),
    );
  }

  function create(found, store) {
    const { board } = found;
    const numbers = el("details", {}, el("summary", {}, "All numbers, with intervals"), el("div", {}));
    const first = picker("Model", found, "a", store);
    const second = picker("Minus", found, "b", store, "nothing: one model");
    const measure = CRB.controls.measures(store);
    const swap = button(
      "Swap",
      () => {
        const { a, b } = store.get();
        store.set({ a: b, b: a || board.models[0].name });
      },
      { class: "crb-plain-button" },
    );
    const title = el("h2", {});
    const place = el("div", {
      class: "crb-scroll",
      tabindex: "0",
      role: "region",
      "aria-label": "Criterion by language",
    });
    const note = el("p", { class: "crb-quiet" });
    const languages = found.of("language");
    const criteria = found.of("criterion");
    let made = null;
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Criterion by language" },
      el("div", { class: "crb-bar" }, first, second, swap, measure),
      title,
      place,
      note,
      numbers,
      CRB.tables.buttons(() => made),
    );

    function refresh(state) {
      const one = board.models[found.models.has(state.a) ? found.models.get(state.a) : 0];
      const other = found.models.has(state.b) ? board.models[found.models.get(state.b)] : null;
      first.querySelector("select").value = one.name;
      second.querySelector("select").value = other ? other.name : "";
      swap.hidden = !other;
      measure.refresh(state.measure);
      text(
        title,
        format.plain(one.label) + (other ? ` minus ${format.plain(other.label)}, in points` : ", percent right"),
      );
      const groups = (model, at) => model && model[state.measure].groups[at];
      const cells = (model, at) => model && model.cells[state.measure][at];
      const grid = [...criteria, board.groups[found.groups.get("overall")]].map((criterion) => {
        const key = criterion.key.split(":")[1];
        const figures = languages.map((language) => {
          if (!key) {
            const at = found.groups.get(language.key);
            return [language.n, groups(one, at), groups(other, at)];
          }
          const at = found.cells.get(`${key}/${language.key.split(":")[1]}`);
          return at === undefined
            ? [0, [null, null, null], null]
            : [board.cells[at].n, cells(one, at), cells(other, at)];
        });
        const at = found.groups.get(criterion.key);
        return {
          label: format.group(criterion),
          figures: [...figures, [criterion.n, groups(one, at), groups(other, at)]],
        };
      });
      const heads = [...languages.map((language) => format.group(language)), "All"];
      place.replaceChildren(
        el(
          "table",
          { class: "crb-heat" },
          el("caption", { class: "crb-hidden" }, title.textContent),
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              el("td", {}),
              heads.map((head) => el("th", { scope: "col" }, head)),
            ),
          ),
          el(
            "tbody",
            {},
            grid.map((row) =>
              el(
                "tr",
                {},
                el("th", { scope: "row" }, row.label),
                row.figures.map(([n, a, b]) => cell(n, a, other ? b : null, board.few)),
              ),
            ),
          ),
        ),
        legend(Boolean(other)),
      );
      text(
        note,
        other
          ? "A difference of the two figures, without an interval: Compare has intervals and tests."
          : "Point at a cell for its 95% interval; all of them stand below.",
      );
      numbers.hidden = Boolean(other);
      numbers.lastChild.replaceChildren(other ? "" : listed(grid, heads));
      const rows = grid.map((row) => [row.label, row.figures.map(([, a, b]) => value(a, b))]);
      made = {
        name: "crb-criterion-language",
        head: ["criterion", ...heads],
        rows: rows.map(([label, shares]) => [label, ...shares]),
        shown: rows.map(([label, shares]) => [label, ...shares.map((share) => written(share, other))]),
      };
    }
    return { node, refresh };
  }

  CRB.heat = { create, picker };
})((window.CRB = window.CRB || {}));
