/* Two to five models on the same pairs: the first against each of the others, and every couple in a table. */
(function (CRB) {
  "use strict";
  const { el, button, select, text, plain } = CRB.dom;
  const { format } = CRB;
  const MOST = 5;

  /** The figures of two models, the first minus the second, whichever way the core has them: by group
      {key: {row: [difference, low, high, p], only: [first, second]}}; null where they were not compared. */
  function couple(found, first, second, measure, services) {
    const [a, b] = [found.models.get(first), found.models.get(second)];
    return services.load(`couples/${found.place}/${Math.min(a, b)}`).then(({ groups, others }) => {
      const held = others[String(Math.max(a, b))];
      if (!held) return null;
      const turn = Boolean(held.turned) !== a > b;
      const minus = (units) => (units === null ? null : -units || 0);
      const rows = new Map();
      groups[measure].forEach((key, place) => {
        const [d, low, high, p] = held[measure][place];
        rows.set(key, { row: turn ? [minus(d), minus(high), minus(low), p] : [d, low, high, p] });
      });
      groups.strict.forEach((key, place) => {
        const only = held.only[place];
        if (only && rows.has(key)) rows.get(key).only = turn ? [only[1], only[0]] : only;
      });
      return rows;
    });
  }

  const chosen = (found, state) => {
    const named = [...new Set(state.models.split("~"))].filter((name) => found.models.has(name)).slice(0, MOST);
    return named.length ? named : state.ref && found.models.has(state.ref) ? [state.ref] : [];
  };

  function create(found, store, services) {
    const { board } = found;
    const label = (name) => format.plain(board.models[found.models.get(name)].label, 60);
    const set = (names) => store.set({ models: names.join("~") });
    const chips = el("div", { class: "crb-chips" });
    const add = select(
      "Add a model",
      [["", "choose"], ...board.models.map((model) => [model.name, format.plain(model.label, 60)])],
      "",
      (name) => {
        if (name) set([...chosen(found, store.get()), name]);
      },
      { "data-pick": "compare" },
    );
    const measure = CRB.controls.measures(store);
    const title = el("p", { class: "crb-headline", "aria-live": "polite" });
    const plot = el("div", { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Differences" });
    const place = el("div", {});
    const note = el("p", { class: "crb-quiet" });
    let made = null;
    const tools = CRB.tables.buttons(() => made);
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Compare" },
      el("div", { class: "crb-bar" }, chips, add, measure),
      title,
      plot,
      note,
      place,
      tools,
    );
    let turn = 0;

    function names(rows) {
      return [...rows.keys()].filter((key) => found.groups.has(key)).map((key) => board.groups[found.groups.get(key)]);
    }

    function table(couples, pairs) {
      const groups = names(couples[0].rows);
      const head = [
        "Pairs of models",
        "On",
        "Difference",
        "95% interval",
        "p (Holm)",
        "Only the first right",
        "Only the second right",
      ];
      const rows = couples.flatMap(({ first, second, rows: held }) =>
        groups.map((group) => {
          const { row, only } = held.get(group.key);
          return { first, second, group, row, only: only || [null, null] };
        }),
      );
      const cells = (one) => [
        `${label(one.first)} − ${label(one.second)}`,
        format.group(one.group),
        format.points(one.row[0]),
        format.range(one.row[1], one.row[2]),
        format.chance(one.row[3]),
        ...one.only.map((n) => (n === null ? format.NONE : format.count(n))),
      ];
      made = {
        name: "crb-compare",
        head: [
          "first",
          "second",
          "pairs",
          "difference",
          "low",
          "high",
          "p_holm",
          "only_first_right",
          "only_second_right",
        ],
        rows: rows.map((one) => [
          one.first,
          one.second,
          one.group.key,
          ...one.row.map((units) => (units === null ? null : units / 10000)),
          ...one.only,
        ]),
        shown: rows
          .map((one) => {
            const [what, ...rest] = cells(one);
            return [what.replace("−", "-"), ...rest];
          })
          .map((row) => [row[0], row[1], `${row[2]} ${row[3]}`, row[4], row[5], row[6]]),
      };
      made.shownHead = ["Models", "Pairs", "Difference", "p (Holm)", "Only first", "Only second"];
      return el(
        "details",
        { class: "crb-numbers", open: couples.length === 1 },
        el(
          "summary",
          {},
          `All numbers: ${format.plural(couples.length, "couple", "couples")} of models, McNemar's tests`,
        ),
        el(
          "div",
          { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "All numbers" },
          plain(
            head,
            rows.map((one) =>
              el(
                "tr",
                { class: one.group.by === "overall" ? "crb-strong" : null },
                cells(one).map((value, at) => {
                  const disagree = pairs && at > 4 && one.only[at - 5];
                  const [right, wrong] = at === 5 ? [one.first, one.second] : [one.second, one.first];
                  const there = { view: "pairs", show: "ab", a: right, b: wrong, item: "", page: "" };
                  return el(
                    "td",
                    { class: at > 1 ? "crb-number" : null },
                    disagree && one.group.by === "overall"
                      ? el(
                          "a",
                          {
                            href: CRB.state.serialise({ ...store.get(), ...there }),
                            on: {
                              click: (event) => {
                                event.preventDefault();
                                store.set(there);
                              },
                            },
                          },
                          value,
                        )
                      : value,
                  );
                }),
              ),
            ),
          ),
        ),
      );
    }

    function draw(names_, couples, state) {
      const missing = couples.find((one) => !one.rows);
      if (missing)
        throw new Error(`${label(missing.first)} and ${label(missing.second)} were never compared on the same pairs.`);
      const against = couples.filter((one) => one.first === names_[0]);
      const groups = names(against[0].rows);
      const overall = against.map((one) => one.rows.get("overall"));
      const certain = overall.filter((one) => one.row[3] !== null && one.row[3] < 500).length;
      title.replaceChildren(
        el("strong", {}, el("bdi", {}, label(names_[0]))),
        against.length === 1
          ? ` minus ${label(names_[1])}: ${format.points(overall[0].row[0])} points ${format.range(overall[0].row[1], overall[0].row[2])} on all pairs, p ${format.chance(overall[0].row[3])}.`
          : ` against ${against.length} others: certainly different from ${certain} of them on all pairs.`,
      );
      plot.replaceChildren(
        CRB.forest.draw(
          groups.map((group) => ({ text: format.group(group), by: group.by })),
          against.map((one) => {
            const [d, low, high, p] = one.rows.get("overall").row;
            return {
              title: `minus ${label(one.second)}`,
              rows: groups.map((group) => one.rows.get(group.key).row),
              says: `${label(one.first)} minus ${label(one.second)} on all pairs: ${format.points(d)} ${format.range(low, high)}, p ${format.chance(p)}. All numbers stand in the table below.`,
            };
          }),
        ),
      );
      text(
        note,
        `Points of ${state.measure} accuracy with 95% intervals, right of zero: ${label(names_[0])} is better. ■ certain after Holm's correction over all couples of models, ○ not. ` +
          (state.measure === "strict" ? "Tests: McNemar, exact." : "Languages are compared by strict accuracy alone."),
      );
      place.replaceChildren(table(couples, services.pairs));
      tools.hidden = false;
    }

    function refresh(state) {
      const mine = ++turn;
      const picked = chosen(found, state);
      measure.refresh(state.measure);
      add.querySelector("select").value = "";
      add.querySelector("select").disabled = picked.length >= MOST;
      chips.replaceChildren(
        ...picked.map((name, at) =>
          el(
            "span",
            { class: "crb-chip" },
            at === 0
              ? el("span", { class: "crb-mark", title: "the others are compared with this one" }, "◆")
              : button("◇", () => set([name, ...picked.filter((one) => one !== name)]), {
                  "aria-label": `Compare with ${label(name)}`,
                  title: "compare the others with this one",
                }),
            el("bdi", {}, label(name)),
            button("✕", () => set(picked.filter((one) => one !== name)), {
              "aria-label": `Remove ${label(name)}`,
            }),
          ),
        ),
      );
      const none = (message) => {
        text(title, message);
        plot.replaceChildren();
        place.replaceChildren();
        text(note, "");
        tools.hidden = true;
        made = null;
      };
      if (picked.length < 2)
        return none(
          picked.length
            ? "Choose a second model, up to five."
            : "Choose two to five models to see where they differ on the same pairs.",
        );
      const couples = picked.flatMap((first, i) => picked.slice(i + 1).map((second) => ({ first, second })));
      return Promise.all(
        couples.map((one) =>
          couple(found, one.first, one.second, state.measure, services).then((rows) => ({ ...one, rows })),
        ),
      )
        .then((held) => {
          if (mine === turn) draw(picked, held, state);
        })
        .catch((error) => {
          if (mine === turn) {
            none("");
            place.replaceChildren(services.failure("These models could not be compared.", error));
          }
        });
    }
    return { node, refresh };
  }

  CRB.compare = { create, couple };
})((window.CRB = window.CRB || {}));
