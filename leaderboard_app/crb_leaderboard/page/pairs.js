/* The pairs behind the figures: a list to filter, and one pair with both responses and every model's scores. */
(function (CRB) {
  "use strict";
  const { el, button, select, choice, text, plain } = CRB.dom;
  const { format } = CRB;
  const PAGE = 25;
  const SHOWS = [
    ["", "All"],
    ["ab", "A right, B wrong"],
    ["wrong", "All wrong"],
    ["ties", "Ties"],
  ];
  const OUTCOMES = { r: "✓ right", w: "✕ wrong", t: "= tie", i: "? invalid" };

  /** The model of a name, with what the list needs even where the board does not show it. */
  const model = (found, name) => found.board.models[found.models.get(name)] || { name, label: name, kind: "" };

  /** Places of the pairs that pass. Ties and invalid pairs are wrong here, as they are in strict accuracy. */
  function passing(index, state, found) {
    const of = (name) => index.outcomes[index.models.indexOf(name)];
    const [a, b] = [of(state.a), of(state.b)];
    const rows = index.outcomes.filter((_, at) => model(found, index.models[at]).kind !== "baseline");
    const asked = state.q.trim().toLowerCase();
    const kept = [];
    index.items.forEach(([id, criterion, language, subset], at) => {
      if (state.criterion && criterion !== state.criterion) return;
      if (state.language && language !== state.language) return;
      if (asked && !`${id} ${subset}`.toLowerCase().includes(asked)) return;
      if (state.show === "ab" && !(a && b && a[at] === "r" && b[at] !== "r")) return;
      if (state.show === "wrong" && rows.some((row) => row[at] === "r")) return;
      if (state.show === "ties" && !(a ? a[at] === "t" : rows.some((row) => row[at] === "t"))) return;
      kept.push(at);
    });
    return kept;
  }

  function scores(index, item, at, found) {
    const rows = index.models.map((name, place) => ({
      model: model(found, name),
      outcome: index.outcomes[place][at],
      scores: item.scores[place],
    }));
    const number = (score) => (score === null ? format.NONE : String(Math.round(score * 10000) / 10000));
    return el(
      "div",
      { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Scores" },
      plain(
        ["Model", "Outcome", "Better response", "Worse response"],
        rows.map((row) =>
          el(
            "tr",
            {},
            el("td", {}, el("bdi", {}, format.plain(row.model.label))),
            el("td", {}, OUTCOMES[row.outcome] || "?"),
            row.scores.map((one) => el("td", { class: "crb-number" }, number(one))),
          ),
        ),
      ),
    );
  }

  function create(found, store, services) {
    const { board } = found;
    const any = (label, key, by) =>
      select(
        label,
        [["", "all"], ...found.of(by).map((group) => [group.key.slice(by.length + 1), format.group(group)])],
        "",
        (value) => store.set({ [key]: value, page: "", item: "" }),
        { "data-pick": key },
      );
    const show = choice("Show", SHOWS, (value) => store.set({ show: value, page: "", item: "" }));
    const [criterion, language] = [any("Criterion", "criterion", "criterion"), any("Language", "language", "language")];
    const models = el("span", { class: "crb-bar" });
    const search = el("input", {
      type: "search",
      placeholder: "id or subset",
      on: { change: (event) => store.set({ q: event.target.value.slice(0, 200), page: "", item: "" }) },
    });
    const said = el("p", { class: "crb-count crb-quiet", "aria-live": "polite" });
    const list = el("ol", { class: "crb-items" });
    const back = button(
      "Earlier",
      () => store.set({ page: String(Math.max(0, Number(store.get().page || 0) - 1)) }),
      {},
    );
    const on = button("Later", () => store.set({ page: String(Number(store.get().page || 0) + 1) }), {});
    const one = el("article", { class: "crb-item" });
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Pairs" },
      el(
        "div",
        { class: "crb-bar" },
        show,
        models,
        criterion,
        language,
        el("label", { class: "crb-field crb-search" }, el("span", {}, "Search"), search),
      ),
      said,
      el(
        "div",
        { class: "crb-browser" },
        el("nav", { "aria-label": "Pairs" }, list, el("p", { class: "crb-bar" }, back, on)),
        one,
      ),
    );
    let picks = null;
    let turn = 0;

    function pickers(index) {
      const options = index.models.map((name) => [name, format.plain(model(found, name).label, 60)]);
      picks = ["a", "b"].map((key) =>
        select(
          key.toUpperCase(),
          [["", "choose"], ...options],
          "",
          (value) => store.set({ [key]: value, page: "", item: "" }),
          { "data-pick": key },
        ),
      );
      models.replaceChildren(...picks);
    }

    function show_item(index, at, state) {
      const mine = ++turn;
      const [id, criterion_, language_, subset] = index.items[at];
      return services.load(`pairs/${found.place}/${Math.floor(at / index.size)}`).then(
        (part) => {
          if (mine !== turn) return;
          const item = part[at % index.size];
          one.replaceChildren(
            el("h2", {}, el("bdi", {}, format.plain(id))),
            el(
              "p",
              { class: "crb-quiet" },
              [
                criterion_ && format.criterion(criterion_),
                language_ && format.language(language_),
                subset && format.plain(subset),
              ]
                .filter(Boolean)
                .join(", "),
            ),
            el(
              "details",
              { open: item.prompt.length < 1500 },
              el("summary", {}, "Prompt"),
              el("pre", { class: "crb-prompt", tabindex: "0" }, item.prompt),
            ),
            el(
              "div",
              { class: "crb-scroll", tabindex: "0", role: "region", "aria-label": "Both responses" },
              CRB.diff.draw(item.chosen, item.rejected, ["Better response (chosen)", "Worse response (rejected)"]),
            ),
            el("h3", {}, "Scores"),
            scores(index, item, at, found),
          );
        },
        (error) => {
          if (mine === turn) one.replaceChildren(services.failure("The pair could not be loaded.", error));
        },
      );
    }

    function draw(index, state) {
      if (!picks) pickers(index);
      for (const [at, key] of ["a", "b"].entries())
        picks[at].querySelector("select").value = index.models.includes(state[key]) ? state[key] : "";
      const kept = passing(index, state, found);
      const pages = Math.max(1, Math.ceil(kept.length / PAGE));
      const page = Math.min(pages - 1, Math.max(0, Number.parseInt(state.page, 10) || 0));
      const needs = state.show === "ab" && !(index.models.includes(state.a) && index.models.includes(state.b));
      text(
        said,
        needs
          ? "Choose A and B."
          : `${format.plural(kept.length, "pair", "pairs")} of ${format.count(index.items.length)}${kept.length ? `, page ${page + 1} of ${pages}` : ""}.${state.show ? " Ties and invalid pairs count as wrong." : ""}`,
      );
      const shown = kept.slice(page * PAGE, page * PAGE + PAGE);
      const wanted = Number.parseInt(state.item, 10);
      const current = kept.includes(wanted) ? wanted : shown[0];
      list.replaceChildren(
        ...shown.map((at) => {
          const [id, criterion_, language_] = index.items[at];
          return el(
            "li",
            {},
            button(
              [
                el("bdi", {}, format.plain(id, 40)),
                el(
                  "span",
                  { class: "crb-quiet" },
                  [criterion_ && format.criterion(criterion_), language_ && format.language(language_)]
                    .filter(Boolean)
                    .join(", "),
                ),
              ],
              () => store.set({ item: String(at) }),
              { "aria-current": at === current ? "true" : null },
            ),
          );
        }),
      );
      back.disabled = page === 0;
      on.disabled = page >= pages - 1;
      if (current === undefined) {
        turn++;
        one.replaceChildren(
          el(
            "p",
            { class: "crb-empty" },
            needs ? "Two models are needed for this filter." : "No pair passes these filters.",
          ),
        );
        return null;
      }
      return show_item(index, current, state);
    }

    function refresh(state) {
      show.refresh(state.show);
      criterion.querySelector("select").value = state.criterion;
      language.querySelector("select").value = state.language;
      if (document.activeElement !== search) search.value = state.q;
      return services.load(`pairs/${found.place}/index`).then(
        (index) => draw(index, state),
        () => {
          node.replaceChildren(
            el(
              "p",
              { class: "crb-empty" },
              `The texts of ${format.plain(board.benchmark.name, 60)} are not part of this page: it was made without runs and their samples.`,
            ),
          );
        },
      );
    }
    return { node, refresh };
  }

  CRB.pairs = { create, passing };
})((window.CRB = window.CRB || {}));
