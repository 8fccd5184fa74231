// Keys j and k go from hit to hit; on a narrow screen what narrows the answer starts folded.
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
  if (matchMedia("(width < 900px)").matches) {
    document.querySelectorAll(".facets > details").forEach((part) => part.removeAttribute("open"));
  }
})();
