// The form at the foot of a case: labels are corrected on the text, usual reasons filled in, and the
// draft is kept on this computer until it is submitted.
"use strict";

(function () {
  const columns = document.querySelector(".case-columns");
  const done = document.querySelector("[data-done-case]");
  const form = document.querySelector("form.decision");
  const draftOf = (number) => `jianwei:draft:${columns.dataset.user}:${number}`;
  if (done) localStorage.removeItem(draftOf(done.dataset.doneCase));
  if (!form) return;

  // Labels

  const SHOWN_LABELS = 4;
  const numbersOf = (quote) => quote.dataset.findings.split(" ");
  const panel = document.getElementById("labels");
  const boxes = Array.from(form.querySelectorAll("input[name=labels]"));
  const spansField = form.elements.label_spans;
  let selected = null;

  function spans() {
    return spansField ? JSON.parse(spansField.value || "{}") : {};
  }

  function setSpans(value) {
    spansField.value = JSON.stringify(value);
    changed();
  }

  // An offset in the ad's words, in code points: that of the piece and how far into it.
  function offsetOf(node, offset) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    const piece = element.closest("[data-start]");
    if (!piece || node.nodeType !== Node.TEXT_NODE) return null;
    return Number(piece.dataset.start) + Array.from(node.data.slice(0, offset)).length;
  }

  function readSelection() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const field = range.commonAncestorContainer.parentElement.closest("[data-field]");
    const start = offsetOf(range.startContainer, range.startOffset);
    const end = offsetOf(range.endContainer, range.endOffset);
    if (!field || start === null || end === null || start >= end) return null;
    return { field: field.dataset.field, start: start, end: end, words: selection.toString().slice(0, 40) };
  }

  function zhOf(label) {
    const box = boxes.find((one) => one.value === label);
    return box ? box.dataset.zh : label;
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
        item.append(`手工标注 ${zhOf(label)}：“${wordsAt(span).slice(0, 40)}” `, remove);
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
    for (const card of document.querySelectorAll("[data-label]")) {
      for (const found of card.querySelectorAll("[data-finding]")) found.dataset.off = off.has(card.dataset.label) ? "1" : "";
    }
    const isOff = (number) => document.querySelector(`[data-finding="${number}"][data-off="1"]`) !== null;
    for (const quote of document.querySelectorAll("[data-findings]")) {
      quote.classList.toggle("off", numbersOf(quote).every(isOff));
    }
    listMarked();
  }

  function ask(labels) {
    panel.open = true;
    boxes.forEach((box) => box.parentElement.classList.toggle("asked", labels.includes(box.value)));
    const first = boxes.find((box) => labels.includes(box.value)) || boxes[0];
    first.focus();
  }

  function openLabels(quote) {
    if (!panel) return;
    const cards = numbersOf(quote).map((number) => document.querySelector(`[data-finding="${number}"]`));
    ask(cards.filter(Boolean).map((card) => card.closest("[data-label]").dataset.label));
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
    const found = panel && readSelection();
    if (found) select(found);
  });
  columns.addEventListener("mousedown", function (event) {
    if (panel && event.target.closest("[data-field]")) select(null);
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
    if (event.key === "Escape" && panel && panel.open) closeLabels();
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

  // The draft

  const key = draftOf(columns.dataset.case);
  let timer = 0;

  function say(words, isUnsaved) {
    const place = form.querySelector("[data-saved]");
    place.textContent = words;
    place.classList.toggle("unsaved", isUnsaved);
  }

  function values() {
    const data = new FormData(form);
    const fields = ["conclusion", "reason", "due", "label_spans", "opinion"];
    const draft = Object.fromEntries(fields.map((name) => [name, data.get(name) || ""]));
    const lists = { labels: data.getAll("labels"), clauses: data.getAll("clauses") };
    return { ...draft, ...lists, decisions: columns.dataset.decisions };
  }

  function save() {
    try {
      localStorage.setItem(key, JSON.stringify(values()));
      say(`草稿已存 ${new Date().toTimeString().slice(0, 5)}`, false);
    } catch {
      say("草稿存不下，请尽快提交", true);
    }
  }

  function changed() {
    say("未保存", true);
    clearTimeout(timer);
    timer = setTimeout(save, 400);
    showAll();
  }

  function showAll() {
    if (boxes.length) {
      showLabels();
      showClauses();
    }
    showChosen();
  }

  function restore() {
    const stored = localStorage.getItem(key);
    if (!stored || document.getElementById("problem")) return;
    const draft = JSON.parse(stored);
    if (draft.decisions !== columns.dataset.decisions) {
      localStorage.removeItem(key);
      return;
    }
    for (const name of ["reason", "due", "label_spans"]) {
      if (form.elements[name] && draft[name]) form.elements[name].value = draft[name];
    }
    for (const input of form.elements) {
      if (input.name === "conclusion") input.checked = input.value === draft.conclusion;
      if (input.name === "labels" && draft.labels) input.checked = draft.labels.includes(input.value);
      if (input.name === "clauses" && draft.clauses) input.checked = draft.clauses.includes(input.value);
    }
    const isOld = form.elements.opinion && draft.opinion !== form.elements.opinion.value;
    say(isOld ? "草稿写于内容变化之前，请核对" : "已恢复草稿", isOld);
  }

  // What belongs to the chosen conclusion

  function showChosen() {
    const chosen = form.querySelector("input[name=conclusion]:checked");
    form.querySelectorAll("[data-conclusion]").forEach(function (group) {
      group.hidden = chosen && group.dataset.conclusion !== chosen.value;
    });
    const due = form.querySelector("[data-due]");
    if (due) due.hidden = !chosen || chosen.value !== "needs_evidence";
  }

  function fill(phrases) {
    const reason = form.elements.reason;
    reason.value = `${reason.value.trim()}${phrases.value}`;
    phrases.value = "";
    reason.focus();
    changed();
  }

  function mark(box) {
    if (!box.checked || !selected) return;
    const value = spans();
    const span = { field: selected.field, start: selected.start, end: selected.end };
    value[box.value] = [...(value[box.value] || []), span];
    select(null);
    setSpans(value);
  }

  restore();
  showAll();
  // Clauses stand beside the law but belong to the form, so listen where both are.
  columns.addEventListener("input", function (event) {
    if (event.target.form !== form) return;
    if (event.target.name === "labels") {
      followLabel(event.target);
      mark(event.target);
    }
    changed();
  });
  const phrases = form.querySelector("select[data-phrases]");
  if (phrases) phrases.addEventListener("change", () => fill(phrases));
  window.addEventListener("pagehide", () => timer && save());
})();
