/* Labels that stand directly at their lines: pushed apart where they would cover each other. */
(function (CRB) {
  "use strict";
  const HEIGHT = 13;
  const WIDE = 6.3; // of a letter

  /** Give each of [{x, y, text}] a `y` from `low` to `high` at which it covers no other, as far as there is room. */
  function apart(labels, low, high) {
    const made = labels.map((label) => ({ ...label, to: label.x + label.text.length * WIDE }));
    made.sort((a, b) => a.y - b.y);
    spread(made, low, 1);
    made.sort((a, b) => b.y - a.y);
    spread(made, high, -1); // what was pushed out below comes up again, and what stands there gives way
    return made;
  }

  /** Labels in order from an edge on, `way` 1 downwards and -1 upwards: behind the edge and those already placed. */
  function spread(labels, edge, way) {
    const placed = [];
    for (const one of labels) {
      if ((one.y - edge) * way < 0) one.y = edge;
      for (const other of placed) {
        // each is looked at once: a search until nothing clashes would not end, because y + 13 - y may be below 13
        const covers = one.x < other.to && other.x < one.to && Math.abs(one.y - other.y) < HEIGHT;
        if (covers) one.y = other.y + way * HEIGHT;
      }
      placed.push(one);
      placed.sort((a, b) => (a.y - b.y) * way);
    }
  }

  /** A model's name without its size, so that sizes of one model are a family: "Themis-RM-32B" is of "Themis-RM". */
  function stem(model) {
    const bare = model.label.replace(/[-_ ]?\d+(?:[._]\d+)?[bBmM](?![A-Za-z])/, "");
    return bare === model.label ? null : `${model.org}/${bare.replace(/^[-_]+|[-_]+$/g, "")}`;
  }

  /** Families of two sizes or more, their members from small to large. */
  function families(models) {
    const found = new Map();
    for (const model of models) {
      const key = model.params_b === null ? null : stem(model);
      if (key) found.set(key, [...(found.get(key) || []), model]);
    }
    return [...found]
      .map(([key, members]) => ({
        key,
        label: key.slice(key.lastIndexOf("/") + 1),
        members: members.sort((a, b) => a.params_b - b.params_b),
      }))
      .filter((one) => new Set(one.members.map((model) => model.params_b)).size > 1);
  }

  CRB.labels = { apart, families, stem };
})((window.CRB = window.CRB || {}));
