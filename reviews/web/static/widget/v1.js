/* Clinic Reviews, the widget's script, version 1: backward compatible for ever.
   Draws <clinic-reviews widget="slug"> from w/slug/data.json into an open shadow root. It has no words and hardly any
   looks of its own, both come with the data; it sets no cookie, asks no third host, and uses DOM calls,
   adoptedStyleSheets and CSSOM only: clean under a strict CSP with Trusted Types. What is served is v1.min.js, made from
   this file by ./minify. */
(() => {
"use strict";
const NAME = "clinic-reviews";
const page = document, script = page.currentScript || page.querySelector('script[src*="/widget/v1.js"]');
if (!script || !window.customElements || customElements.get(NAME) || !("adoptedStyleSheets" in page)) return;
const BASE = new URL(/\/v1\.js/.test(script.src) ? ".." : "../..", script.src).href;
const STARS = [10, 30, 50, 70, 90].map((x) =>
  `M${x} 1l2.8 5.9 6.4.8-4.7 4.4 1.2 6.4-5.7-3.1-5.7 3.1 1.2-6.4-4.7-4.4 6.4-.8z`).join("");

/* Only what must hold before the data is there; all other looks come with the data, as the words do. */
const sheets = {};
const sheet = (css) => {
  if (!sheets[css]) (sheets[css] = new CSSStyleSheet()).replaceSync(css);
  return sheets[css];
};
const BLOCK = sheet(":host{display:block!important;box-sizing:border-box;width:100%}");

/* An element "tag.class name" with its attributes and children; what is empty is left out. */
const make = (what, attributes, ...children) => {
  const [tag, kind] = what.split(".");
  const element = /svg|path/.test(tag) ? page.createElementNS("http://www.w3.org/2000/svg", tag) : page.createElement(tag);
  for (const name in attributes) if (attributes[name] || attributes[name] === "") element.setAttribute(name, attributes[name]);
  if (kind) element.setAttribute("class", kind);
  element.append(...children.filter(Boolean));
  return element;
};
const click = (action, ...rest) => {
  const button = make("button", {type: "button"}, ...rest);
  button.onclick = action;
  return button;
};
const stars = (hundredths, label) => make("svg.stars", {role: "img", "aria-label": label, viewBox: "0 0 100 20"},
  make("path.off", {d: STARS}),
  make("svg", {width: `${hundredths / 5}`, height: 20, "aria-hidden": true}, make("path.on", {d: STARS})));
const link = (address, text, rel = "nofollow ugc noopener") =>
  /^https?:/i.test(address) ? make("a", {href: address, rel}, text) : text;
const attribution = (given) => given && make("span", 0,
  (given.logo || "").startsWith(BASE) && make("img.logo", {src: given.logo, alt: ""}), " ", link(given.url, given.text));

const headline = ({primary, say, stars100, kind, url, source, attribution: given}) =>
  make("div.figure" + (primary ? " primary" : ""), 0,
    ...(stars100 !== null && kind !== "sample" ? [make("span.average", {"aria-hidden": true}, say.average), " ",
      stars(stars100, say.label), " ", make("span.count", 0, say.count)] : [make("span.line", 0, say.line)]), " ",
    make("span.source", 0, link(url, source), say.read && ", ", say.read), " ", attribution(given));

const clinicBlock = ({name, address, telephone, figures}) => make("div.clinic", 0, make("p.name", 0, name),
  ...figures.map(headline),
  make("address.small", 0, ...["street", "locality", "region", "postal_code", "country_name"]
    .map((field) => address[field] && make("span." + field, 0, address[field]))
    .concat(telephone && make("a.telephone", {href: telephone.uri}, telephone.text)).filter(Boolean)
    .flatMap((field, i) => [i && ", ", field])));

const quoteItem = (quote, index, t, host) => {
  const {author, lang} = quote, rest = quote.rest && make("span.rest", {id: "rest" + index}, quote.rest);
  const dots = make("span", {"aria-hidden": true}, "… ");
  const turn = (hidden) => {
    rest.hidden = hidden;
    dots.hidden = !hidden;
    button.textContent = hidden ? t.more : t.less;
    button.setAttribute("aria-label", `${button.textContent} – ${author}`);
    button.setAttribute("aria-expanded", !hidden);
  };
  const button = click(() => {
    turn(!rest.hidden);
    rest.hidden || tell(host, "expand", {index});
  });
  if (rest) {
    button.setAttribute("aria-controls", rest.id);
    turn(true);
  }
  return make("li.quote", {part: "card"},
    make("p.top", 0, quote.stars100 === null ? quote.label && make("span", 0, quote.label) : stars(quote.stars100, quote.label), " ",
      make("cite", {dir: "auto", part: "author"}, author), " ",
      quote.when && make("time", {datetime: quote.date}, quote.when)),
    quote.title && make("p.title", {dir: "auto", lang}, quote.title),
    make("blockquote.text", {dir: "auto", lang, part: "quote"}, quote.head, rest), rest && make("p.more", {part: "more"}, dots, button),
    quote.cut && make("p.small", 0, t.cut),
    quote.reply && make("div.reply", 0, make("p.title", 0, t.reply), make("p.text", {dir: "auto"}, quote.reply)),
    make("p.small", 0, link(quote.url, quote.source), " ", attribution(quote.attribution)));
};

/* Draws the whole widget into its root, and hides what the reserved box has no room for; the answer shows all of it.
   Everything is built before anything on the page changes; throws when the data is not what it should be. */
const draw = (host, data, box, show) => {
  const {t, clinics, page: all, lang, dir, state} = data;
  const option = (name, pattern) => (pattern.exec(host.getAttribute(name)) || [])[0];
  let layout = option("layout", /^(badge|bar|list|grid|carousel|quote)$/) || data.layout;
  const level = option("heading-level", /^[2-6]$/), isShort = /^ba/.test(layout);
  const most = isShort ? 0 : layout === "quote" ? 1 : option("max", /^[1-9]\d*$/);
  const items = data.quotes.slice(0, most).map((quote, i) => quoteItem(quote, i, t, host));
  const lines = data.disclosure.map((line) => make("p"));
  let list = items[0] && make("ul.quotes", {role: "list"}, ...items), steps;
  const more = click(() => {
    const first = items.find((item) => item.hidden);
    keep(99);
    if (!first) return;
    first.tabIndex = -1;
    first.focus();
  });
  const keep = (most) => {
    const n = Math.min(most, items.length);
    items.forEach((item, i) => item.hidden = i >= n);
    more.hidden = n === items.length;
    more.textContent = t.show_more.replace("{n}", items.length - n);
    lines.forEach((line, i) => line.textContent = data.disclosure[i].replace("{n}", n));
  };
  if (list && layout === "carousel") {
    const slides = list = make("div.slides", {role: "group", tabindex: 0, "aria-label": t.quotes}, list);
    const place = make("span");
    const at = () => Math.round(Math.abs(slides.scrollLeft) / slides.scrollWidth * items.length) || 0;
    const step = (by, ...parts) => click(() => {
      const next = items[at() + by];
      next && next.scrollIntoView({block: "nearest", inline: "start"});
    }, 0, ...parts);
    (slides.onscroll = () => place.textContent = t.position.replace("{n}", at() + 1).replace("{total}", items.length))();
    steps = make("p.steps", 0, step(-1, make("span.arrow", 0, "←"), " ", t.previous), place,
      step(1, t.next, " ", make("span.arrow", 0, "→")));
  } else if (!list && !isShort && state === "ready") layout = "bar";
  const section = make(`section.cr ${layout === "quote" ? "one" : layout} ${option("theme", /^(auto|light|dark)$/) || data.theme}`,
    {lang, dir: dir === "rtl" && dir, [level ? "aria-labelledby" : "aria-label"]: level ? "name" : t.region},
    level && make(`h${level}.name`, {id: "name"}, t.region),
    make("div.summary", {part: "summary"}, ...clinics.map(clinicBlock)),
    state === "empty" && make("p", 0, t.none),
    list, steps, more,
    !isShort && make("div.small", 0, ...lines),
    make("p.links small", 0,
      ...clinics.flatMap(({figures}) => figures.flatMap(({url, say}) => url && [link(url, say.all), " "])),
      all && link(all, t.page, ""), " ", link(data.how, t.how, "")),
    make("p.url", 0, all));
  keep(99);
  section.style.minHeight = box + "px";
  show(state, section);
  if (box > 99 && items[1] && layout !== "carousel" && section.offsetHeight > box) {
    keep(1);
    const room = Math.max(box, section.offsetHeight);
    for (let n = 2; keep(n), section.offsetHeight > room ? keep(n - 1) : n++ < items.length;);
  }
  return () => keep(99);
};

const tell = (host, name, detail) =>
  host.dispatchEvent(new CustomEvent(`${NAME}:${name}`, {bubbles: true, composed: true, detail}));

/* One request for each address, shared by all elements of the page; a failed one may be tried again. */
const asked = {};
const get = (address) => {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 8000);
  return asked[address] = asked[address] ||
    fetch(address, {credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal}).then((answer) => {
      if (!answer.ok && answer.status !== 404) throw Error(answer.status);
      return answer.json();
    }).finally(() => clearTimeout(timer)).catch((error) => {
      delete asked[address];
      throw error;
    });
};

const dark = matchMedia("(prefers-color-scheme: dark)");

/* What one element does when it comes, goes, and changes. */
const control = (host) => {
  const root = host.attachShadow({mode: "open"});
  let turn = 0, seen, sight, box, reveal;
  const show = (state, node) => {
    root.textContent = "";
    if (node) root.append(node);
    host.setAttribute("data-state", state);
  };
  /* Stars follow the lightness of the text colour that the page gives us. */
  const colour = () => {
    const section = root.querySelector("section");
    if (!section) return;
    const [r, g, b] = (/^rgba?\((\d+), (\d+), (\d+)/.exec(getComputedStyle(section).color) || []).slice(1);
    section.classList.toggle("bright", r * 3 + g * 6 + +b > 1400);
    section.classList.toggle("plain", !r);
  };
  const load = async () => {
    const mine = ++turn, near = host.closest("[lang]"), tag = near && /^(en|fr)\b/i.exec(near.getAttribute("lang"));
    seen = true;
    host.setAttribute("data-state", "loading");
    try {
      const slug = encodeURIComponent(host.getAttribute("widget"));
      const data = await get(`${BASE}w/${slug}/data${tag ? "." + tag[0].toLowerCase() : ""}.json`), {state} = data;
      if (mine !== turn) return;
      if (root.querySelector("slot")) {
        /* The page's own content says how much room there is, unless the page has settled that itself. */
        const isFree = host.getAttribute("fit") === "off" || parseFloat(getComputedStyle(host).minHeight) > 0;
        box = isFree ? 0 : host.offsetHeight;
      }
      if (state === "paused" || state === "gone") show("paused", make("slot"));
      else if (state === "barred_by_rules") show("barred");
      else if (data.v === 1 && (state === "ready" || state === "empty")) {
        root.adoptedStyleSheets = [BLOCK, sheet(data.css)];
        reveal = draw(host, data, box, show);
        colour();
        const {average = null, count = null} = (data.clinics[0] || {figures: []}).figures[0] || {};
        tell(host, "ready", {average, count, quotes: root.querySelectorAll("li:not([hidden])").length});
      } else throw Error("unknown data");
    } catch (error) {
      if (mine !== turn) return;
      show("error", make("slot"));
      tell(host, "error", {reason: `${error.message || error}`});
    }
  };
  const print = () => seen ? reveal && reveal() : load();
  root.adoptedStyleSheets = [BLOCK];
  root.append(make("slot"));
  return {
    connect() {
      host.setAttribute("data-state", "waiting");
      dark.addEventListener("change", colour);
      addEventListener("beforeprint", print);
      if (host.getAttribute("lazy") === "off" || !window.IntersectionObserver) return load();
      sight = new IntersectionObserver((entries) => {
        if (seen || !entries.some((entry) => entry.isIntersecting)) return;
        sight.disconnect();
        load();
      }, {rootMargin: "400px"});
      sight.observe(host);
    },
    leave() {
      turn++;
      seen = false;
      dark.removeEventListener("change", colour);
      removeEventListener("beforeprint", print);
      if (sight) sight.disconnect();
    },
    change() { if (seen) load(); },
  };
};

customElements.define(NAME, class extends HTMLElement {
  static get observedAttributes() { return ["widget", "layout", "max", "lang", "theme", "heading-level"]; }
  constructor() {
    super();
    this.$ = control(this);
  }
  connectedCallback() { this.$.connect(); }
  disconnectedCallback() { this.$.leave(); }
  attributeChangedCallback() { this.$.change(); }
});
})();
