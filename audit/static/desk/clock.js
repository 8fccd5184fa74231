// Clocks that run down: <span data-clock-until="ISO time" data-clock-now="server's ISO time">.
// When the time is up the text says so and the element carries the class "overdue".
"use strict";

(function () {
  const skews = new WeakMap();

  function show(element) {
    if (!skews.has(element)) {
      const server = Date.parse(element.dataset.clockNow);
      skews.set(element, Number.isNaN(server) ? 0 : server - Date.now());
    }
    const left = Date.parse(element.dataset.clockUntil) - Date.now() - skews.get(element);
    const seconds = Math.max(0, Math.floor(left / 1000));
    const text = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    element.textContent = seconds ? text : element.dataset.clockOver || "已到时";
    element.classList.toggle("overdue", seconds < 120);
  }

  function showAll() {
    document.querySelectorAll("[data-clock-until]").forEach(show);
  }

  document.addEventListener("DOMContentLoaded", showAll);
  setInterval(showAll, 1000);
})();
