/* Nodes, never markup: everything a visitor sees is built here, so that no text of an entry can become an element.
   Attributes that could run something (handlers, addresses other than http) are refused. */
(function (CRB) {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") {
        for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
      } else if (name === "text") node.textContent = value;
      else if (name === "href") {
        if (/^(https?:\/\/|#|blob:)/i.test(value)) node.setAttribute("href", value);
      } else if (/^on/i.test(name) || name === "style") throw new Error("not an attribute for data: " + name);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) node.append(child);
    return node;
  }

  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** Change an attribute only if it is another one: reading is cheap, writing costs a style. */
  function attribute(node, name, value) {
    if (value === null || value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }

  function text(node, value) {
    if (node.textContent !== value) node.textContent = value;
  }

  function button(label, handler, attributes) {
    return el("button", { type: "button", on: { click: handler }, ...attributes }, label);
  }

  /** A labelled select; `options` are [value, text] or {label, options}. */
  function select(label, options, value, change, attributes) {
    const one = ([key, shown]) => el("option", { value: key, selected: key === value }, shown);
    const listed = options.map((option) =>
      Array.isArray(option) ? one(option) : el("optgroup", { label: option.label }, option.options.map(one)),
    );
    const input = el("select", { ...attributes, on: { change: (event) => change(event.target.value) } }, listed);
    return el("label", { class: "crb-field" }, el("span", {}, label), input);
  }

  /** A choice of one of a few, as a group of buttons with aria-pressed. `refresh(value)` shows another choice. */
  function choice(label, options, pick) {
    const buttons = options.map(([value, shown, hint]) =>
      button(shown, () => pick(value), { "data-value": value, title: hint, "aria-pressed": "false" }),
    );
    const node = el(
      "div",
      { class: "crb-choice", role: "group", "aria-label": label },
      el("span", { class: "crb-choice-label", "aria-hidden": "true" }, label),
      el("span", { class: "crb-choice-set" }, buttons),
    );
    node.refresh = (value, off) => {
      for (const one of buttons) {
        attribute(one, "aria-pressed", String(one.dataset.value === value));
        one.disabled = Boolean(off);
      }
    };
    return node;
  }

  /** A plain table of these headings and `tr` elements; `caption` is for those who hear it alone. */
  function plain(heads, rows, caption) {
    return el(
      "table",
      { class: "crb-plain" },
      caption ? el("caption", { class: "crb-hidden" }, caption) : null,
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head) => el("th", { scope: "col" }, head)),
        ),
      ),
      el("tbody", {}, rows),
    );
  }

  function download(name, content, type) {
    const address = URL.createObjectURL(new Blob([content], { type: type + ";charset=utf-8" }));
    const link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  CRB.dom = { el, svg, attribute, text, button, select, choice, plain, download };
})((window.CRB = window.CRB || {}));
