/* How a number or a name is written. The document's shares have four digits and are rounded so that one more rounding,
   half up, gives the first decimal that `crb export` prints: whole ten-thousandths, because 91.35 is no binary number. */
(function (CRB) {
  "use strict";
  const NONE = "–";
  const MINUS = "−";
  const CONTROL = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  const LONGEST = 160;

  const whole = (share) => Math.round(share * 10000);
  const tenths = (units) => {
    const rounded = Math.floor((Math.abs(units) + 5) / 10);
    return `${Math.floor(rounded / 10)}.${rounded % 10}`;
  };

  /** Percent with one decimal. */
  const percent = (share) => (share === null || share === undefined ? NONE : tenths(whole(share)));

  /** Percent of two counts. */
  const ratio = (part, n) => (n ? ((100 * part) / n).toFixed(1) : NONE);

  /** Signed points from ten-thousandths; a difference that shows as 0.0 has no sign. */
  function points(units) {
    if (units === null || units === undefined) return NONE;
    const shown = tenths(units);
    return shown === "0.0" ? shown : (units < 0 ? MINUS : "+") + shown;
  }

  const interval = (low, high) => (low === null || low === undefined ? "" : `[${percent(low)}, ${percent(high)}]`);
  const range = (low, high) => (low === null || low === undefined ? "" : `[${points(low)}, ${points(high)}]`);
  const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const rank = (pair) => (pair ? (pair[0] === pair[1] ? `${pair[0]}` : `${pair[0]}-${pair[1]}`) : NONE);

  function size(billions) {
    if (billions === null || billions === undefined) return NONE;
    if (billions < 1) return `${Math.round(billions * 1000)}M`;
    return billions < 100 ? `${Math.round(billions * 10) / 10}B` : `${Math.round(billions)}B`;
  }

  function chance(units) {
    if (units === null || units === undefined) return NONE;
    return units < 10 ? "< 0.001" : units >= 9995 ? "1" : (units / 10000).toFixed(3);
  }

  /** Text of an entry: signs that would hide or turn it are shown by their number, and what is too long is cut. */
  function plain(value, longest) {
    const safe = String(value === null || value === undefined ? "" : value).replace(
      CONTROL,
      (sign) => `⟨U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );
    const most = longest || LONGEST;
    return safe.length > most ? safe.slice(0, most - 1) + "…" : safe;
  }

  const LANGUAGES = { Cpp: "C++", CSharp: "C#" };
  const SHORT = {
    functional_correctness: "Functional",
    runtime_efficiency: "Runtime",
    memory_efficiency: "Memory",
    readability_maintainability: "Readability",
    security_hardness: "Security",
  };

  /** The heading of a group of pairs: short for columns, whole for sentences. */
  function group(one, short) {
    const key = one.key.slice(one.key.indexOf(":") + 1);
    if (one.by === "language") return LANGUAGES[key] || plain(key);
    if (one.by === "criterion" && short && SHORT[key]) return SHORT[key];
    if (one.by === "subset")
      return plain(key)
        .replace(/_/g, short ? " " : "_")
        .toLowerCase();
    return plain(one.label);
  }
  const language = (key) => LANGUAGES[key] || plain(key);
  const criterion = (key) => SHORT[key] || plain(key);

  const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

  CRB.format = {
    NONE,
    MINUS,
    whole,
    percent,
    ratio,
    points,
    interval,
    range,
    count,
    rank,
    size,
    chance,
    plain,
    group,
    language,
    criterion,
    plural,
  };
})((window.CRB = window.CRB || {}));
