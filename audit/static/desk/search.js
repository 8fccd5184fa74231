// Keys j and k go from hit to hit; in a narrow window what narrows the answer starts folded.
"use strict";

(function () {
  const hits = Array.from(document.querySelectorAll("[data-hit]"));

  function go(step) {
    const at = hits.indexOf(document.activeElement);
    const to = at < 0 ? 0 : Math.min(hits.length - 1, Math.max(0, at + step));
    hits[to].focus();
    hits[to].closest(".hit").scrollIntoView({ block: "nearest" });
  }

  document.querySelectorAll("[data-step]").forEach(function (button) {
    button.addEventListener("click", () => hits.length && go(Number(button.dataset.step)));
  });

  const narrow = matchMedia("(width < 900px)");
  function fold() {
    document.querySelectorAll(".facets > details").forEach((part) => (part.open = !narrow.matches));
  }
  narrow.addEventListener("change", fold);
  fold();
})();
