/* Clinic Reviews: the pages work without this script. It opens the rests for printing, tells the page around a frame how
   high it is, and speaks with WordPress in its own way: heights and links, each with the secret of the frame. */
(() => {
"use strict";
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => {
  opened.forEach((details) => { details.open = false; });
  opened = [];
});

const MOST = 1000; /* WordPress lets a frame be no higher */
const root = document.documentElement, page = document.querySelector("link[rel=canonical]");
if (parent === window || !document.querySelector("body.embed")) return;
const secret = (/.*secret=([A-Za-z0-9]+)/.exec(location.hash) || [])[1];
const height = () => Math.ceil(root.getBoundingClientRect().height);
let told = 0, touched = !secret;
const tell = () => {
  if (!touched) fit();
  told = height();
  parent.postMessage(secret ? {message: "height", value: told, secret} : {type: "reviews:height", value: told}, "*");
};

/* What WordPress would cut off is left out whole, and the disclosure says how many are there; until somebody reads. */
const fit = () => {
  const quotes = [...document.querySelectorAll(".quote:not([hidden])")];
  let n = quotes.length;
  while (n > 1 && height() > MOST) quotes[--n].hidden = true;
  document.querySelectorAll("[data-line]").forEach((line) => {
    line.textContent = line.dataset.line.replace("{n}", n);
  });
};

if (secret) {
  addEventListener("message", (event) => {
    const {data} = event;
    if (event.source === parent && data && data.message === "ready" && data.secret === secret) tell();
  });
  document.addEventListener("click", (event) => {
    touched = true;
    const link = event.target.closest("a[href^=http]");
    if (!link || !page) return;
    event.preventDefault();
    parent.postMessage({message: "link", value: link.host === location.host ? link.href : page.href, secret}, "*");
  });
}
tell();
addEventListener("load", tell);
if (window.ResizeObserver) new ResizeObserver(() => Math.abs(height() - told) > 1 && tell()).observe(root);
})();
