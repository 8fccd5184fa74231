// Labels of a case are corrected on the ad's text: by a click on a quote, or on what is selected.
// Clauses follow the labels.
"use strict";

(function () {
  const columns = document.querySelector(".case-columns");
  const form = document.querySelector("form.decision");
  const panel = document.getElementById("labels");
  if (!panel) return;

  const SHOWN_LABELS = 4;
  const SHOWN_CHARS = 40;
  const numbersOf = (quote) => quote.dataset.findings.split(" ");
  const boxes = Array.from(form.querySelectorAll("input[name=labels]"));
  const spansField = form.elements.label_spans;
  let selected = null;

  // The label that a finding gives.
  function labelOf(number) {
    return document.querySelector(`[data-finding="${number}"]`).closest("[data-label]").dataset.label;
  }

  function spans() {
    return JSON.parse(spansField.value || "{}");
  }

  function setSpans(value) {
    spansField.value = JSON.stringify(value);
    spansField.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // How many code points of a piece lie before a place in the page.
  function lengthBefore(piece, node, offset) {
    const range = document.createRange();
    range.selectNodeContents(piece);
    const side = range.comparePoint(node, offset);
    if (side < 0) return 0;
    if (side === 0) range.setEnd(node, offset);
    return Array.from(range.toString()).length;
  }

  function readSelection() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const origin = range.startContainer;
    const field = (origin.nodeType === Node.TEXT_NODE ? origin.parentElement : origin).closest("[data-field]");
    if (!field) return null;
    const pieces = Array.from(field.querySelectorAll("[data-start]")).filter((piece) => range.intersectsNode(piece));
    if (!pieces.length) return null;
    const placed = (piece, node, offset) => Number(piece.dataset.start) + lengthBefore(piece, node, offset);
    const start = placed(pieces[0], range.startContainer, range.startOffset);
    const end = placed(pieces[pieces.length - 1], range.endContainer, range.endOffset);
    if (start >= end) return null;
    return { field: field.dataset.field, start: start, end: end, words: short(selection.toString()) };
  }

  function zhOf(label) {
    const box = boxes.find((one) => one.value === label);
    return box ? box.dataset.zh : label;
  }

  function short(words) {
    return words.length > SHOWN_CHARS ? `${words.slice(0, SHOWN_CHARS)}…` : words;
  }

  function tag(box) {
    const element = document.createElement("span");
    element.className = `tag ${box.dataset.axis}`;
    element.textContent = box.dataset.zh;
    return element;
  }

  function wordsAt(span) {
    let words = "";
    for (const piece of document.querySelectorAll(`[data-field=${span.field}] [data-start]`)) {
      const letters = Array.from(piece.textContent);
      const start = Number(piece.dataset.start);
      if (start < span.end && start + letters.length > span.start) {
        words += letters.slice(Math.max(0, span.start - start), span.end - start).join("");
      }
    }
    return words || "见其他段";
  }

  function listMarked() {
    const list = form.querySelector("[data-marked]");
    list.replaceChildren();
    for (const [label, found] of Object.entries(spans())) {
      found.forEach(function (span, index) {
        const item = document.createElement("li");
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "quiet";
        remove.textContent = "去掉";
        remove.addEventListener("click", function () {
          const value = spans();
          value[label].splice(index, 1);
          setSpans(value);
        });
        item.append(`手工标注 ${zhOf(label)}：“${short(wordsAt(span))}” `, remove);
        list.append(item);
      });
    }
  }

  function showLabels() {
    const chosen = boxes.filter((box) => box.checked);
    const summary = form.querySelector("[data-label-summary]");
    summary.replaceChildren(...chosen.slice(0, SHOWN_LABELS).flatMap((box) => [tag(box), " "]));
    if (chosen.length > SHOWN_LABELS) summary.append(`等 ${chosen.length} 个 `);
    const count = boxes.filter((box) => box.checked !== ("machine" in box.dataset)).length;
    if (count) summary.append(`已改 ${count} 处`);
    if (!chosen.length) summary.prepend("没有标签 ");
    const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
    const isOff = (number) => off.has(labelOf(number));
    for (const quote of document.querySelectorAll("[data-findings]")) {
      quote.classList.toggle("off", numbersOf(quote).every(isOff));
    }
    listMarked();
  }

  function ask(labels) {
    panel.open = true;
    boxes.forEach((box) => box.parentElement.classList.toggle("asked", labels.includes(box.value)));
    (boxes.find((box) => labels.includes(box.value)) || boxes[0]).focus();
  }

  function openLabels(quote) {
    ask(numbersOf(quote).map(labelOf));
  }

  function closeLabels() {
    panel.open = false;
    panel.querySelector("summary").focus();
  }

  function select(found) {
    selected = found;
    const place = form.querySelector("[data-selection]");
    place.dataset.usual = place.dataset.usual || place.textContent;
    place.textContent = found ? `已选中“${found.words}”，勾选标签即标在这段文字上。` : place.dataset.usual;
  }

  // A selection holds until another one begins: ticking a box takes it off the text.
  document.addEventListener("selectionchange", function () {
    const found = readSelection();
    if (found) select(found);
  });
  columns.addEventListener("mousedown", function (event) {
    if (event.target.closest("[data-field]")) select(null);
  });

  columns.addEventListener("click", function (event) {
    const quote = event.target.closest(".quote[data-findings]");
    if (quote && document.getSelection().isCollapsed) openLabels(quote);
    if (event.target.closest("[data-close-labels]")) closeLabels();
  });

  columns.addEventListener("keydown", function (event) {
    const quote = event.target.closest(".quote[role=button]");
    if (quote && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      openLabels(quote);
    }
    if (event.key === "Escape" && panel.open) closeLabels();
  });

  // Clauses follow their labels: given up with the last of them, offered with the first.

  const clauses = Array.from(form.elements).filter((input) => input.name === "clauses");
  const further = document.querySelector("[data-further]");

  function isWanted(labels) {
    return labels.split(" ").some((label) => boxes.some((box) => box.value === label && box.checked));
  }

  function followLabel(box) {
    for (const clause of clauses) {
      const labels = clause.dataset.for;
      if (!labels.split(" ").includes(box.value)) continue;
      if (!box.checked && !isWanted(labels)) clause.checked = false;
      if (box.checked && "usual" in clause.dataset) clause.checked = true;
    }
  }

  function showClauses() {
    const count = clauses.filter((clause) => clause.checked).length;
    form.querySelector("[data-clause-count]").textContent = `已选 ${count} 条`;
    const rows = Array.from(further.querySelectorAll("[data-shown-for]"));
    for (const row of rows) row.hidden = !isWanted(row.dataset.shownFor) && !row.querySelector("input").checked;
    further.hidden = rows.every((row) => row.hidden);
  }

  function mark(box) {
    if (!box.checked || !selected) return;
    const value = spans();
    const span = { field: selected.field, start: selected.start, end: selected.end };
    value[box.value] = [...(value[box.value] || []), span];
    select(null);
    setSpans(value);
  }

  function showAll() {
    showLabels();
    showClauses();
  }

  showAll();
  // Clauses stand beside the law but belong to the form, so listen where both are.
  columns.addEventListener("input", function (event) {
    if (event.target.form !== form) return;
    if (event.target.name === "labels") {
      followLabel(event.target);
      mark(event.target);
    }
    showAll();
  });
})();
