/* Accuracy against parameters on a logarithmic axis. Sizes of one model are joined and named at their end; what has no
   known size stands in a strip of its own. */
(function (CRB) {
  "use strict";
  const { el, svg, select, text, plain } = CRB.dom;
  const { format, labels } = CRB;
  const BOX = { width: 1080, height: 520, left: 44, right: 262, top: 18, bottom: 46, strip: 76 };
  const TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];

  function scales(points, chance) {
    const sizes = points.map((one) => one.size).filter((size) => size !== null);
    const few = sizes.length ? [Math.min(...sizes), Math.max(...sizes)] : [1, 10];
    const [from, to] = [Math.log(few[0] / 1.4), Math.log(few[1] * 1.4)];
    const low =
      Math.floor(Math.min(chance, ...points.map((one) => (one.low === null ? one.value : one.low))) * 10) / 10;
    const right = BOX.width - BOX.right;
    return {
      low,
      right,
      x: (size) => BOX.left + ((Math.log(size) - from) / (to - from)) * (right - BOX.left),
      y: (share) => BOX.height - BOX.bottom - ((share - low) / (1 - low)) * (BOX.height - BOX.bottom - BOX.top),
      ticks: TICKS.filter((tick) => Math.log(tick) > from && Math.log(tick) < to),
    };
  }

  function grid(scale, chance, strip) {
    const bottom = BOX.height - BOX.bottom;
    const parts = [];
    for (let share = scale.low; share <= 1.0001; share += 0.1) {
      const y = scale.y(share).toFixed(1);
      parts.push(
        svg("path", { class: "crb-grid", d: `M${BOX.left} ${y}H${scale.right}` }),
        svg(
          "text",
          { class: "crb-tick", x: BOX.left - 8, y: Number(y) + 4, "text-anchor": "end" },
          String(Math.round(share * 100)),
        ),
      );
    }
    for (const tick of scale.ticks)
      parts.push(
        svg("path", { class: "crb-grid", d: `M${scale.x(tick).toFixed(1)} ${bottom}v5` }),
        svg(
          "text",
          { class: "crb-tick", x: scale.x(tick).toFixed(1), y: bottom + 19, "text-anchor": "middle" },
          format.size(tick),
        ),
      );
    const y = scale.y(chance).toFixed(1);
    parts.push(
      svg("path", { class: "crb-chance", d: `M${BOX.left} ${y}H${scale.right}` }),
      svg("text", { class: "crb-tick", x: BOX.left + 4, y: Number(y) - 5 }, "chance"),
    );
    parts.push(
      svg(
        "text",
        { class: "crb-tick", x: (BOX.left + scale.right) / 2, y: BOX.height - 6, "text-anchor": "middle" },
        "parameters (logarithmic)",
      ),
    );
    if (strip)
      parts.push(
        svg("rect", {
          class: "crb-strip",
          x: BOX.width - BOX.strip,
          y: BOX.top,
          width: BOX.strip - 4,
          height: bottom - BOX.top,
          rx: 6,
        }),
        svg(
          "text",
          { class: "crb-tick", x: BOX.width - BOX.strip / 2 - 2, y: bottom + 19, "text-anchor": "middle" },
          "no size",
        ),
      );
    return parts;
  }

  function point(one, x, y, scale) {
    const whisker =
      one.low === null ? "" : `M${x.toFixed(1)} ${scale.y(one.low).toFixed(1)}V${scale.y(one.high).toFixed(1)}`;
    const mark = CRB.line.mark(one.model.kind);
    mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(1.7)`);
    const name = format.plain(one.model.label);
    return svg(
      "g",
      { class: "crb-point" },
      svg(
        "title",
        {},
        `${name}: ${format.percent(one.value)} ${format.interval(one.low, one.high)}, ${format.size(one.model.params_b)}`,
      ),
      svg("path", { class: "crb-bar", d: whisker }),
      mark,
    );
  }

  function draw(points, chance, says) {
    const scale = scales(points, chance);
    const of = new Map(points.map((one) => [one.model, one]));
    const families = labels.families(points.map((one) => one.model));
    const ends = [];
    const lines = families.map((family) => {
      const members = family.members.map((model) => of.get(model));
      const at = members.map((one) => `${scale.x(one.size).toFixed(1)} ${scale.y(one.value).toFixed(1)}`);
      const last = members[members.length - 1];
      ends.push({
        x: scale.x(last.size) + 10,
        y: scale.y(last.value) + 4,
        text: format.plain(family.label, 28),
        series: family.key,
      });
      return svg("path", { class: "crb-series", d: "M" + at.join("L") });
    });
    const strip = points.filter((one) => one.size === null);
    const drawn = points.map((one) => {
      const x =
        one.size === null
          ? BOX.width - BOX.strip + 12 + ((strip.indexOf(one) * 13) % (BOX.strip - 24))
          : scale.x(one.size);
      return point(one, x, scale.y(one.value), scale);
    });
    const named = labels
      .apart(ends, BOX.top + 8, BOX.height - BOX.bottom)
      .map((one) => svg("text", { class: "crb-family", x: one.x.toFixed(1), y: one.y.toFixed(1) }, one.text));
    const inStrip = labels
      .apart(
        strip.map((one) => ({
          x: BOX.width - BOX.strip - 4,
          y: scale.y(one.value) - 8,
          text: format.plain(one.model.label, 18),
        })),
        BOX.top + 8,
        BOX.height,
      )
      .map((one) =>
        svg("text", { class: "crb-family", x: BOX.width - 8, y: one.y.toFixed(1), "text-anchor": "end" }, one.text),
      );
    return svg(
      "svg",
      { class: "crb-scaling", viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img", "aria-label": says },
      grid(scale, chance, strip.length),
      lines,
      drawn,
      named,
      inStrip,
    );
  }

  function create(found, store) {
    const { board } = found;
    const options = (by) => found.of(by).map((group) => [group.key, format.group(group)]);
    const pick = select(
      "Pairs",
      [
        ["", "All pairs"],
        ...options("mean"),
        { label: "Criteria", options: options("criterion") },
        { label: "Languages", options: options("language") },
        { label: "Subsets", options: options("subset") },
      ],
      "",
      (group) => store.set({ group }),
      { "data-pick": "group" },
    );
    const measure = CRB.controls.measures(store);
    const title = el("h2", {});
    const plot = el("div", {
      class: "crb-scroll",
      tabindex: "0",
      role: "region",
      "aria-label": "Accuracy against parameters",
    });
    const place = el("div", {});
    let made = null;
    const node = el(
      "section",
      { class: "crb-view", "aria-label": "Scaling" },
      el("div", { class: "crb-bar" }, pick, measure),
      title,
      plot,
      el(
        "p",
        { class: "crb-quiet" },
        "Bars: 95% intervals. Lines join sizes of one model. ○ scalar  □ judge  ◇ baseline. Point at a mark for its name.",
      ),
      place,
      CRB.tables.buttons(() => made),
    );

    function refresh(state) {
      const at = found.groups.has(state.group) ? found.groups.get(state.group) : found.groups.get("overall");
      const group = board.groups[at];
      const way = { "criterion-macro": "criterion_macro", "subset-macro": "subset_macro" }[group.key];
      measure.refresh(state.measure);
      pick.querySelector("select").value = group.key === "overall" ? "" : group.key;
      const points = board.models
        .map((model) => {
          const [value, low, high] = way ? model[state.measure].ways[way] : model[state.measure].groups[at];
          return { model, size: model.params_b, value, low, high };
        })
        .filter((one) => one.value !== null);
      text(
        title,
        `${format.group(group)}: ${state.measure} accuracy by size, ${format.count(group.n)} pairs${group.n < board.few ? ", rough figures" : ""}`,
      );
      plot.replaceChildren(
        points.length
          ? draw(
              points,
              board.benchmark.chance,
              `${title.textContent}, ${format.plural(points.length, "model", "models")}. All numbers stand in the table below.`,
            )
          : el("p", { class: "crb-empty" }, "No model has a figure on these pairs."),
      );
      const sorted = [...points].sort((a, b) => (b.size || 0) - (a.size || 0) || b.value - a.value);
      const head = ["Model", "Parameters", "Percent", "95% interval"];
      place.replaceChildren(
        el(
          "details",
          {},
          el("summary", {}, "All numbers"),
          plain(
            head,
            sorted.map((one) =>
              el(
                "tr",
                {},
                el("td", {}, el("bdi", {}, format.plain(one.model.label))),
                [format.size(one.size), format.percent(one.value), format.interval(one.low, one.high)].map((cell) =>
                  el("td", { class: "crb-number" }, cell),
                ),
              ),
            ),
          ),
        ),
      );
      made = {
        name: "crb-scaling",
        head: ["model", "parameters_b", "pairs", state.measure, "low", "high"],
        rows: sorted.map((one) => [one.model.name, one.size, group.key, one.value, one.low, one.high]),
        shownHead: head,
        shown: sorted.map((one) => [
          one.model.name,
          format.size(one.size),
          format.percent(one.value),
          format.interval(one.low, one.high),
        ]),
      };
    }
    return { node, refresh };
  }

  CRB.scaling = { create };
})((window.CRB = window.CRB || {}));
