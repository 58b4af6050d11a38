/* What has too little contrast in a page, as it is drawn: text under 4.5, marks under 3. Colours are painted to get their
   bytes, so that color-mix and oklab count too. */
() => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  const bytes = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const c of colours) {
      pen.fillStyle = c;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => {
      v /= 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const behind = (node) => {
    const found = [];
    for (let at = node; at; at = at.parentElement) found.unshift(getComputedStyle(at).backgroundColor);
    return found;
  };
  const poor = [];
  for (const node of document.querySelectorAll(".crb *")) {
    const box = node.getBoundingClientRect();
    if (
      !box.width ||
      !box.height ||
      node.closest("[hidden], .crb-hidden, :disabled, option") ||
      getComputedStyle(node).opacity === "0"
    )
      continue;
    const style = getComputedStyle(node);
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const paint = node instanceof SVGElement ? style.fill : style.color;
    if (own && paint !== "none") {
      const under = behind(node);
      const found = ratio(bytes([...under, paint]), bytes(under));
      if (found < 4.5)
        poor.push(
          `text ${node.className.baseVal ?? node.className} "${node.textContent.slice(0, 20)}" ${found.toFixed(2)}`,
        );
    }
    if (node.placeholder) {
      const under = behind(node);
      const found = ratio(bytes([...under, getComputedStyle(node, "::placeholder").color]), bytes(under));
      if (found < 4.5) poor.push(`placeholder "${node.placeholder}" ${found.toFixed(2)}`);
    }
    if (node.matches(".crb-dot, .crb-chance, .crb-zero")) {
      const under = behind(node.closest("svg").parentElement);
      const mark = node.matches(".crb-dot") && !node.closest(".crb-open") ? style.fill : style.stroke;
      const found = ratio(bytes([...under, mark]), bytes(under));
      if (found < 3) poor.push(`mark ${node.className.baseVal} ${found.toFixed(2)}`);
    }
  }
  return [...new Set(poor)];
};
