// The draft of a decision is kept on this computer until it is submitted; usual reasons are filled in.
"use strict";

(function () {
  const columns = document.querySelector(".case-columns");
  const done = document.querySelector("[data-done-case]");
  const form = document.querySelector("form.decision");
  const draftOf = (number) => `jianwei:draft:${columns.dataset.user}:${number}`;
  if (done) localStorage.removeItem(draftOf(done.dataset.doneCase));
  if (!form) return;

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

  restore();
  showChosen();
  columns.addEventListener("input", function (event) {
    if (event.target.form === form) changed();
  });
  const phrases = form.querySelector("select[data-phrases]");
  if (phrases) phrases.addEventListener("change", () => fill(phrases));
  window.addEventListener("pagehide", () => timer && save());
})();
