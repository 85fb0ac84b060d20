// The inbox is whole without this file. It opens reviews beside the list, obeys the table of keys (#keys), and selects.
"use strict";
const rows = document.getElementById("rows");
const pane = document.getElementById("pane");
const keys = document.getElementById("keys");
const beside = matchMedia("(min-width: 84rem)");

// ---- focus that stays real: one row takes part in Tab, j and k move it
const links = () => [...(rows?.querySelectorAll("a.go") ?? [])];
let at = 0;
const focusRow = (number) => {
  const all = links();
  if (!all.length) return;
  at = Math.max(0, Math.min(all.length - 1, number));
  all.forEach((link, index) => { link.tabIndex = index === at ? 0 : -1; });
  all[at].focus();
  all[at].closest("li").scrollIntoView({ block: "nearest" });
};
links().forEach((link, index) => {
  link.tabIndex = index ? -1 : 0;
  link.addEventListener("focus", () => {
    at = index;
    links().forEach((each, other) => { each.tabIndex = other === at ? 0 : -1; });
  });
});
const row = () => links()[at]?.closest("li");

// ---- the open review
let bar;
let shown = location.pathname + location.search;
const busy = (on) => {
  pane?.setAttribute("aria-busy", String(on));
  clearTimeout(bar);
  document.querySelector(".busy-bar")?.remove();
  if (on) bar = setTimeout(() => document.body.append(Object.assign(document.createElement("div"), { className: "busy-bar" })), 300);
};
const showPane = async (id, push) => {
  const here = new URL(location.href);
  for (const name of ["done", "undo"]) here.searchParams.delete(name);
  here.searchParams.set("open", id);
  busy(true);
  let answer;
  try {
    answer = await fetch(here, { headers: { "X-Fragment": "pane" } });
  } catch {
    busy(false);
    document.querySelector(".offline")?.removeAttribute("hidden");
    return;
  }
  busy(false);
  if (answer.redirected) { location.assign(answer.url); return; }
  const text = await answer.text();
  pane.innerHTML = new DOMParser().parseFromString(text, "text/html").body.innerHTML;
  if (!answer.ok) return;
  document.getElementById("mail").classList.add("with-pane");
  for (const item of rows.children) item.classList.toggle("here", item.dataset.id === id);
  rows.querySelector(`[data-id="${CSS.escape(id)}"]`)?.classList.remove("unread");
  if (push) history.pushState({ open: id }, "", here);
  shown = location.pathname + location.search;
  pane.scrollTop = 0;
  document.dispatchEvent(new Event("pane"));
};
rows?.addEventListener("click", (event) => {
  const link = event.target.closest("a.go");
  if (!link || !beside.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  showPane(link.closest("li").dataset.id, true);
});
// Jumping within the page, as the link to the content does, is told by the same event.
addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) location.reload();
});
pane?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]") || !beside.matches) return;
  event.preventDefault();
  focusRow(at);
});
document.querySelector("[data-retry]")?.addEventListener("click", () => location.reload());

// ---- selecting
const boxes = () => [...document.querySelectorAll("input[name=ids]")];
const counted = document.querySelector("[data-selected]");
const count = () => {
  const n = boxes().filter((box) => box.checked).length;
  if (!counted) return;
  counted.hidden = !n;
  counted.textContent = n;
  counted.closest("details").open = n > 0;
};
const all = document.querySelector("[data-all]");
if (all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); count(); });
  document.addEventListener("change", (event) => { if (event.target.name === "ids") count(); });
}

// ---- ten seconds to undo; Recent actions keep it for a day
const undo = document.querySelector("[data-undo]");
if (undo) setTimeout(() => { if (!undo.matches(":focus-within")) undo.remove(); }, 10000);

// ---- filters as a dialog where there is little room
const filters = document.querySelector(".filters[data-dialog]");
filters?.querySelector("summary").addEventListener("click", (event) => {
  if (!matchMedia("(max-width: 48rem)").matches) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", filters.dataset.dialog);
  const form = filters.querySelector("form");
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: filters.dataset.close });
  dialog.append(form, close);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { filters.append(form); dialog.remove(); filters.querySelector("summary").focus(); });
  dialog.showModal();
});

// ---- keys: what the table says, and nothing else
const press = (name) => {
  const found = document.querySelector(`#pane [data-key="${name}"], main [data-key="${name}"]`);
  if (!found) return row() && name !== "search" && beside.matches ? showPane(row().dataset.id, true).then(() => document.querySelector(`#pane [data-key="${name}"]`)?.focus()) : undefined;
  if (found.matches("input, select, textarea")) found.focus();
  else found.click();
};
const acts = {
  next: () => focusRow(links()[at] === document.activeElement ? at + 1 : at),
  previous: () => focusRow(at - 1),
  open: () => links()[at]?.click(),
  select: () => { const box = row()?.querySelector("input"); if (box) { box.checked = !box.checked; count(); } },
  unread: () => press("unread"), close: () => press("close"), assign: () => press("assign"), reply: () => press("reply"),
  tag: () => press("tag"), feature: () => press("feature"), search: () => press("search"),
  go_inbox: () => location.assign("/inbox"), go_today: () => location.assign("/"), go_sources: () => location.assign("/sources"),
  earlier: () => document.querySelector("[data-period=earlier]")?.click(),
  later: () => document.querySelector("[data-period=later]")?.click(),
  help: () => keys.showModal(),
  save: () => document.activeElement?.form?.requestSubmit(),
  back: () => { if (document.activeElement?.matches("input, select, textarea")) document.activeElement.blur(); else focusRow(at); },
};
if (keys) {
  const table = new Map([...keys.querySelectorAll("[data-keys]")].map((item) => [item.dataset.keys, item.dataset.action]));
  const on = keys.hasAttribute("data-on");
  let before = "";
  document.querySelector("[data-help]")?.removeAttribute("hidden");
  document.querySelector("[data-help]")?.addEventListener("click", acts.help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const name = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
    const special = name === "Ctrl+Enter" || name === "Escape";
    const writing = document.activeElement?.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
    // Enter on a link or a button is that link's or button's; on a row it opens the row, which is the same.
    if (name === "Enter" && document.activeElement?.matches("a, button, summary, input")) return;
    if (!special && (writing || !on || event.altKey || event.ctrlKey || event.metaKey)) return;
    const action = table.get(`${before} ${name}`) ?? table.get(name);
    before = !before && [...table.keys()].some((each) => each.startsWith(`${name} `)) ? name : "";
    if (!action) return;
    before = "";
    event.preventDefault();
    acts[action]?.();
  });
}
