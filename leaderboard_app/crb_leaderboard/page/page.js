/* CRB.mount: the views, the switch between them, and what they share. */
(function (CRB) {
  "use strict";
  const { el, attribute, select, button } = CRB.dom;
  const { format } = CRB;
  const VIEWS = [
    ["board", "Board"],
    ["heat", "Criterion × language"],
    ["compare", "Compare"],
    ["scaling", "Scaling"],
    ["others", "Other benchmarks"],
    ["pairs", "Pairs"],
    ["submit", "Submit"],
    ["cite", "Cite"],
    ["about", "About the numbers"],
  ];

  function failure(message, error) {
    return el(
      "div",
      { class: "crb-error", role: "alert" },
      el("p", {}, el("strong", {}, message)),
      error ? el("p", { class: "crb-quiet" }, format.plain(error.message || error, 400)) : null,
    );
  }

  /** Draw a page.
      element: where; its content is replaced. document: a board document (docs/board-format.md).
      options: hash (read and write location.hash), load(name) -> Promise of a shard, views (a list of names; all without
      it), state (what differs from the defaults at the start), exporter(format, choice) -> Promise of text,
      pairs (whether there are shards of pairs), bare (no title, no theme switch: the page around has its own).
      Returns {get, set, listen, destroy}. */
  function mount(element, data, options) {
    const given = options || {};
    const root = el("div", { class: "crb" });
    element.replaceChildren(root);
    const others = (data && Array.isArray(data.others) && data.others) || [];
    if (!data || data.schema !== 1 || !Array.isArray(data.boards) || (!data.boards.length && !others.length)) {
      root.append(
        failure(
          "There are no results to show.",
          data && data.schema !== 1
            ? "The document is of another version of crb."
            : "Add one: crb results add RUN --results DIR",
        ),
      );
      return { get: () => ({}), set() {}, listen() {}, destroy: () => element.replaceChildren() };
    }
    const store = CRB.state.store(Boolean(given.hash), given.state);
    const indices = data.boards.map(CRB.figures.index);
    const chosen = (state) => indices.find((one) => one.board.benchmark.name === state.bench) || indices[0];
    const views = VIEWS.filter(
      ([name]) =>
        (!given.views || given.views.includes(name)) &&
        CRB[name] &&
        (name !== "pairs" || given.pairs) &&
        (name === "others" ? others.length : data.boards.length),
    );
    const made = new Map();

    const bench =
      data.boards.length > 1
        ? select(
            "Benchmark",
            data.boards.map((board) => [
              board.benchmark.name,
              `${format.plain(board.benchmark.name, 40)} (${format.count(board.benchmark.n)} pairs)`,
            ]),
            "",
            (name) =>
              store.set({
                bench: name,
                ref: "",
                a: "",
                b: "",
                models: "",
                criterion: "",
                language: "",
                group: "",
                open: "",
                item: "",
                page: "",
              }),
          )
        : null;
    const theme = given.bare
      ? null
      : button(
          "",
          () => {
            const dark =
              (store.get().theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
            store.set({ theme: dark ? "light" : "dark" }, true);
          },
          { class: "crb-theme", "aria-label": "Light or dark" },
        );
    const tabs = views.map(([name, label]) =>
      el(
        "a",
        {
          href: "#" + name,
          "data-view": name,
          on: {
            click: (event) => {
              event.preventDefault();
              store.set({ view: name });
            },
          },
        },
        label,
      ),
    );
    const main = el("div", { class: "crb-main-view" });
    const head = el(
      "header",
      { class: "crb-top" },
      given.bare
        ? null
        : el(
            "div",
            { class: "crb-title" },
            el("h1", {}, "Code reward models"),
            el("p", {}, "How often a reward model prefers the better code, by criterion and by language."),
          ),
      bench || theme ? el("div", { class: "crb-top-tools" }, bench, theme) : null,
    );
    const strip = el("nav", { class: "crb-tabs", "aria-label": "Views" }, tabs);
    root.append(head, views.length > 1 ? strip : "", main);
    root.append(
      given.bare
        ? ""
        : el(
            "footer",
            { class: "crb-foot" },
            `Made with ${format.plain(data.made && data.made.tool, 60)}. Nothing on this page is sent anywhere.`,
          ),
    );

    const services = {
      others,
      load: (name) => (given.load ? given.load(name) : Promise.reject(new Error("this page has no " + name))),
      exporter: given.exporter,
      pairs: Boolean(given.pairs),
      failure,
      submitNote: given.submitNote,
      download(kind) {
        return CRB.cite ? CRB.cite.download(kind, chosen(store.get()), store.get(), services) : Promise.resolve();
      },
      complain(message, error) {
        main.prepend(failure(message, error));
      },
    };

    let drawn = "";
    function refresh(state) {
      const found = chosen(state) || { board: { benchmark: { name: "" }, measures: [] } };
      const name = views.some(([one]) => one === state.view) ? state.view : views[0][0];
      attribute(root, "data-theme", state.theme === "dark" || state.theme === "light" ? state.theme : null);
      if (theme) theme.textContent = "◐";
      if (bench) {
        bench.querySelector("select").value = found.board.benchmark.name;
        bench.hidden = name === "others"; // it has a switch of its own
      }
      for (const tab of tabs) attribute(tab, "aria-current", tab.dataset.view === name ? "page" : null);
      const key = found.board.benchmark.name + "\n" + name;
      // On a phone the strip scrolls: without this, the view that is open could be the one that is not named.
      const current = key === drawn ? null : strip.querySelector("[aria-current]");
      drawn = key;
      if (current && strip.scrollWidth > strip.clientWidth)
        strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
      const safe = { ...state, measure: found.board.measures.includes(state.measure) ? state.measure : "strict" };
      try {
        if (!made.has(key)) made.set(key, CRB[name].create(found, store, services));
        const view = made.get(key);
        if (main.firstChild !== view.node || main.childNodes.length > 1) main.replaceChildren(view.node);
        view.refresh(safe);
      } catch (error) {
        made.delete(key);
        main.replaceChildren(failure("This view could not be drawn.", error));
        setTimeout(() => {
          throw error;
        });
      }
    }
    store.listen(refresh);
    refresh(store.get());
    return {
      get: store.get,
      set: store.set,
      listen: store.listen,
      destroy() {
        store.stop();
        element.replaceChildren();
      },
    };
  }

  CRB.mount = mount;
})((window.CRB = window.CRB || {}));
