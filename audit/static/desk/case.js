// The page of a case or an ad: findings and their quotes light each other; the address can be copied,
// and everything that is folded is printed.
"use strict";

(function () {
  const columns = document.querySelector(".case-columns");

  function numbersOf(element) {
    return (element.dataset.finding || element.dataset.findings || "").split(" ").filter(Boolean);
  }

  function partsOf(number) {
    return document.querySelectorAll(`[data-finding="${number}"], [data-findings~="${number}"]`);
  }

  function light(element) {
    document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
    if (!element) return;
    for (const number of numbersOf(element)) partsOf(number).forEach((part) => part.classList.add("lit"));
  }

  function show(target) {
    const folded = target.closest("details:not([open])");
    if (folded) folded.open = true;
    target.scrollIntoView({ block: "nearest" });
  }

  function lightFrom(event) {
    const element = event.target.closest("[data-finding], [data-findings]");
    light(element);
    if (!element || event.type !== "focusin") return;
    const isQuote = element.dataset.findings !== undefined;
    const selector = isQuote ? `[data-finding="${numbersOf(element)[0]}"]` : `[data-findings~="${element.dataset.finding}"]`;
    const other = document.querySelector(selector);
    if (other) show(other);
  }

  // The list beside the ad, for as long as this browser remembers

  const LIST_KEY = "jianwei:list";

  function switchList(isShut) {
    columns.classList.toggle("no-list", isShut);
    const button = document.querySelector("[data-list-switch]");
    if (button) button.textContent = isShut ? "展开列表" : "收起列表";
  }

  switchList(localStorage.getItem(LIST_KEY) === "shut");

  columns.addEventListener("mouseover", lightFrom);
  columns.addEventListener("focusin", lightFrom);

  columns.addEventListener("click", function (event) {
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-list-switch]")) {
      const isShut = !columns.classList.contains("no-list");
      localStorage.setItem(LIST_KEY, isShut ? "shut" : "open");
      switchList(isShut);
    }
    const finding = event.target.closest("[data-finding]");
    const target = finding && !event.target.closest("a") && document.querySelector(`[data-findings~="${finding.dataset.finding}"]`);
    if (target) show(target);
  });

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "已复制";
    } catch {
      button.textContent = "请手动选中复制";
    }
  }

  window.addEventListener("beforeprint", function () {
    for (const fold of columns.querySelectorAll("details.fold:not([open])")) {
      fold.open = true;
      fold.dataset.closeAgain = "";
    }
  });

  window.addEventListener("afterprint", function () {
    for (const fold of columns.querySelectorAll("[data-close-again]")) {
      fold.open = false;
      delete fold.dataset.closeAgain;
    }
  });
})();
