/* Measures how high a widget really is, for the snippet's reserved boxes. The page has the widget's script, and
   <div data-measure="slug" data-layout="list" data-lang="fr" data-snippet="id">; the element with that id gets the heights
   put into its text. Heights are told as an event too: {s: {whole, least}, m: …, l: …}. */
(() => {
"use strict";
const SIZES = {s: [340, 288], m: [600, 449], l: [600, 600]};

const heightOf = (place, width, max) => new Promise((done) => {
  const box = document.createElement("div"), element = document.createElement("clinic-reviews");
  Object.assign(box.style, {position: "absolute", visibility: "hidden", top: "0", width: `${width}px`});
  const {measure, layout, lang} = place.dataset;
  const given = {widget: measure, layout, lang: lang || document.documentElement.lang, lazy: "off", fit: "off", max};
  for (const name in given) if (given[name]) element.setAttribute(name, given[name]);
  const finish = () => {
    done(Math.ceil(element.getBoundingClientRect().height));
    box.remove();
  };
  element.addEventListener("clinic-reviews:ready", finish);
  element.addEventListener("clinic-reviews:error", () => {
    done(0);
    box.remove();
  });
  box.append(element);
  document.body.append(box);
});

const measure = async (place) => {
  const found = {};
  for (const [size, [wide, narrow]] of Object.entries(SIZES)) {
    found[size] = {whole: await heightOf(place, wide), least: await heightOf(place, narrow, "1")};
  }
  place.dispatchEvent(new CustomEvent("measured", {bubbles: true, detail: found}));
};

/* The reserved height, as `boxes` of publish/snippets.py has it: of the whole widget, at most twice the starting one, and
   at least what one quote needs where the page is narrowest. */
document.addEventListener("measured", ({target, detail}) => {
  const text = document.getElementById(target.dataset.snippet);
  if (!text || !detail.l.whole) return;
  text.textContent = text.textContent.replace(/(poster-([sml])[^"]*" width="(\d+)" height=")(\d+)/g,
    (_, before, size, width, start) => {
      const {whole, least} = detail[size], narrowest = SIZES[size][1];
      return before + Math.max(Math.ceil(least * Math.max(1, width / narrowest)), Math.min(whole, 2 * start));
    });
});

document.querySelectorAll("[data-measure]").forEach(measure);
})();
