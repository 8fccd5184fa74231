// Rows of the queue by keyboard: j and k select, Enter opens, c claims. The selected row is
// remembered, so that coming back finds the place again, also when its case has left the list.
"use strict";

(function () {
  const rows = Array.from(document.querySelectorAll("tr[data-case]"));
  const list = new URLSearchParams(location.search);
  ["did", "case", "done"].forEach((name) => list.delete(name));
  const memory = "queue?" + list;
  let at = -1;

  function select(to, options) {
    at = to;
    rows.forEach(function (row, place) {
      row.setAttribute("aria-selected", String(place === at));
      const claim = row.querySelector("[data-claim]");
      if (!claim) return;
      if (place === at) claim.dataset.key = "c";
      else delete claim.dataset.key;
    });
    rows[at].querySelector("[data-open]").focus(options);
    sessionStorage.setItem(memory, JSON.stringify([rows[at].dataset.case, at]));
  }

  function remembered() {
    const [id, place] = JSON.parse(sessionStorage.getItem(memory) || "[null, 0]");
    const found = rows.findIndex((row) => row.dataset.case === id);
    return found < 0 ? Math.min(place, rows.length - 1) : found;
  }

  document.querySelectorAll("[data-step]").forEach(function (button) {
    button.addEventListener("click", function () {
      select(Math.min(rows.length - 1, Math.max(0, at + Number(button.dataset.step))));
      rows[at].scrollIntoView({ block: "nearest" });
    });
  });

  rows.forEach(function (row, place) {
    row.addEventListener("focusin", function (event) {
      if (place !== at && event.target.matches("[data-open]")) select(place);
    });
  });

  if (matchMedia("(width < 900px)").matches) {
    document.querySelectorAll(".queue-filters").forEach((part) => part.removeAttribute("open"));
  } else if (rows.length) {
    const place = remembered();
    select(place, { preventScroll: place === 0 });
  }
})();
