/* The interval line: 120 pixels, the same axis in every row, chance marked. The numbers stand beside it as text. */
(function (CRB) {
  "use strict";
  const { svg, attribute } = CRB.dom;
  const WIDTH = 120;
  const HEIGHT = 16;
  const EDGE = 4;

  /** One axis for all rows: from the ten below the lowest limit to the ten above the highest. */
  function axis(estimates, chance) {
    const lows = estimates.map((one) => one[1]).filter((low) => low !== null);
    const highs = estimates.map((one) => one[2]).filter((high) => high !== null);
    const low = Math.max(0, Math.floor(Math.min(chance, ...lows) * 10 - 0.1) / 10);
    const high = Math.min(1, Math.ceil(Math.max(chance, ...highs) * 10) / 10);
    const x = (share) => EDGE + ((share - low) / (high - low || 1)) * (WIDTH - 2 * EDGE);
    return { low, high, chance, x };
  }

  function mark(kind) {
    if (kind === "baseline") return svg("path", { class: "crb-dot", d: "M0-3.6L3.6 0L0 3.6L-3.6 0Z" });
    if (kind === "judge") return svg("path", { class: "crb-dot", d: "M-2.5-2.5H2.5V2.5H-2.5Z" });
    return svg("circle", { class: "crb-dot", r: 2.6 });
  }

  function create(kind) {
    const chance = svg("path", { class: "crb-chance" });
    const bar = svg("path", { class: "crb-bar" });
    const dot = mark(kind);
    const node = svg(
      "svg",
      {
        class: "crb-line",
        width: WIDTH,
        height: HEIGHT,
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        "aria-hidden": "true",
      },
      chance,
      bar,
      dot,
    );
    return { node, chance, bar, dot };
  }

  function update(line, found, [value, low, high]) {
    const middle = HEIGHT / 2;
    const at = (share) => found.x(share).toFixed(1);
    attribute(line.chance, "d", `M${at(found.chance)} 1V${HEIGHT - 1}`);
    attribute(line.bar, "d", low === null ? "" : `M${at(low)} ${middle}H${at(high)}`);
    attribute(line.dot, "transform", value === null ? "translate(-20 0)" : `translate(${at(value)} ${middle})`);
  }

  /** The axis under the heading. What the dotted line stands at is always told: a limit too near to it gives way. */
  function ruler(found) {
    const tick = (share, anchor) =>
      svg("text", { x: found.x(share).toFixed(1), y: 9, "text-anchor": anchor }, String(Math.round(share * 100)));
    const far = (limit) => Math.abs(found.x(found.chance) - found.x(limit)) >= 26;
    return svg(
      "svg",
      { class: "crb-ruler", width: WIDTH, height: 12, viewBox: `0 0 ${WIDTH} 12`, "aria-hidden": "true" },
      far(found.low) ? tick(found.low, "start") : null,
      tick(found.chance, found.chance === found.low ? "start" : found.chance === found.high ? "end" : "middle"),
      far(found.high) ? tick(found.high, "end") : null,
    );
  }

  CRB.line = { axis, create, update, ruler, mark };
})((window.CRB = window.CRB || {}));
