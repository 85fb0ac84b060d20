// The composer works without this file: the button "Check" asks the same question of the server.
"use strict";

const composer = document.getElementById("composer");
const link = document.querySelector("[data-copy-first]");
link?.addEventListener("click", () => {
  navigator.clipboard?.writeText(document.getElementById(link.dataset.copyFirst).textContent).catch(() => {});
});

if (composer) {
  const text = document.getElementById("text");
  const guard = document.getElementById("guard");
  const said = document.getElementById("guard-said");
  const kept = document.getElementById("kept");
  const key = "reply:" + composer.action;
  let timer = 0;
  let asked = 0;

  // A session that ends while somebody writes takes no word along: the text waits in this tab until it is saved.
  const before = sessionStorage.getItem(key);
  const isSaved = new URLSearchParams(location.search).has("done");
  if (isSaved || before === text.value) sessionStorage.removeItem(key);
  else if (before) {
    kept.hidden = false;
    kept.querySelector("button").addEventListener("click", () => {
      text.value = before;
      kept.hidden = true;
      text.focus();
      check();
    });
  }

  const check = async () => {
    const number = ++asked;
    try {
      const answer = await fetch(composer.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(composer)) });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      if (number !== asked) return;
      guard.replaceChildren(...found.childNodes);
      said.textContent = [...guard.querySelectorAll("[data-others], [data-said]")].map((each) => each.textContent).join(" ");
    } catch {
      if (number === asked) said.textContent = composer.dataset.lost;
    }
  };
  text.addEventListener("input", () => {
    sessionStorage.setItem(key, text.value);
    clearTimeout(timer);
    timer = setTimeout(check, 500);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      composer.requestSubmit(composer.querySelector("[value=save]"));
    }
  });
  composer.addEventListener("submit", () => { clearTimeout(timer); asked += 1; });
}
