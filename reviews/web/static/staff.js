// The staff side works without this file; it only makes it faster and safer to use.
"use strict";

// A form is sent once: its button rests until the answer comes (or the page is shown again from the history).
const rest = (form, busy) => {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.querySelector("button[aria-busy]")) event.preventDefault();
  else if (!form.matches("[data-download]")) rest(form, true);
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => rest(form, false)));

// Copy buttons stand beside text that can be selected by hand as well.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const said = button.parentElement.querySelector("[role=status]");
    if (said) said.textContent = button.dataset.said;
  });
}

// Opening a review marks it as read; reading itself stays a request that changes nothing.
const markRead = () => {
  const auto = document.querySelector("form[data-auto]");
  if (!auto || new URLSearchParams(location.search).has("done")) return;
  fetch(auto.action, { method: "POST", body: new URLSearchParams(new FormData(auto)) }).then((answer) => {
    if (!answer.ok) return;
    auto.hidden = true;
    const after = document.querySelector("form[data-after]");
    if (after) after.hidden = false;
  }, () => {});
};
markRead();
document.addEventListener("pane", markRead);

// A clinic is mostly where its staff sit: propose the browser's time zone where none is chosen.
for (const zone of document.querySelectorAll("select[name$=time_zone]")) {
  if (!zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone.value) zone.value = "";
}

// What a message says first is read first: move the focus to the summary of a form's faults.
document.querySelector("[data-focus]")?.focus();
