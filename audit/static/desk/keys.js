// Keys of the desk. An element with data-key="c" is pressed by that key; data-key-help says what
// it does, and the list at `?` is made of these. data-opens="id" opens a dialog.
"use strict";

(function () {
  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function nameOf(event) {
    return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key.toLowerCase();
  }

  function isUsable(element) {
    return !element.disabled && !element.closest("[hidden]") && element.getClientRects().length > 0;
  }

  function find(name) {
    const scope = document.querySelector("dialog[open]") || document;
    return Array.from(scope.querySelectorAll("[data-key]")).find(
      (element) => element.dataset.key === name && isUsable(element)
    );
  }

  function press(element) {
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(radio|checkbox)$/.test(element.type)) {
      element.focus();
      if (element.tagName === "INPUT") element.select();
    } else {
      element.click();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const name = nameOf(event);
    if (isTyping(event.target)) {
      if (name === "escape") event.target.blur();
      if (!name.startsWith("ctrl+") && !/^(radio|checkbox|button|submit)$/.test(event.target.type)) return;
    }
    const element = find(name);
    if (!element) return;
    event.preventDefault();
    press(element);
  });

  function listKeys(list) {
    list.replaceChildren();
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key][data-key-help]")) {
      if (seen.has(element.dataset.key)) continue;
      seen.add(element.dataset.key);
      const key = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = element.dataset.key;
      key.append(cap);
      const help = document.createElement("dd");
      help.textContent = element.dataset.keyHelp;
      list.append(key, help);
    }
  }

  document.addEventListener("click", function (event) {
    const opener = event.target.closest("[data-opens]");
    if (!opener) return;
    const dialog = document.getElementById(opener.dataset.opens);
    const list = dialog.querySelector("[data-key-list]");
    if (list) listKeys(list);
    dialog.showModal();
  });
})();
