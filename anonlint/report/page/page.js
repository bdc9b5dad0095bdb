"use strict";
const cards = [...document.querySelectorAll("article")];
const search = document.getElementById("search");
const filters = [...document.querySelectorAll(".filter")];
const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = {};
  for (const filter of filters) {
    if (filter.getAttribute("aria-pressed") === "true") {
      (wanted[filter.dataset.key] ??= []).push(filter.dataset.value);
    }
  }
  let shown = 0;
  for (const card of cards) {
    const fits = Object.entries(wanted).every(([key, values]) => values.includes(card.dataset[key]));
    card.hidden = !(fits && words.every((word) => texts.get(card).includes(word)));
    shown += card.hidden ? 0 : 1;
  }
  document.getElementById("count").textContent = `${shown} of ${cards.length} shown`;
  document.getElementById("none").hidden = shown > 0;
}

function step(by) {
  const open = cards.filter((card) => !card.hidden);
  const at = open.findIndex((card) => card.contains(document.activeElement));
  const next = open[at < 0 ? (by > 0 ? 0 : open.length - 1) : Math.min(Math.max(at + by, 0), open.length - 1)];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "start" });
  }
}

function keyed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    search.value = "";
    filters.forEach((filter) => filter.setAttribute("aria-pressed", "false"));
    search.blur();
    show();
  } else if (event.target === search) {
    return;
  } else if (event.key === "/") {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j" || event.key === "k") {
    step(event.key === "j" ? 1 : -1);
  }
}

function press(event) {
  const filter = event.currentTarget;
  filter.setAttribute("aria-pressed", String(filter.getAttribute("aria-pressed") !== "true"));
  show();
}

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
if (search) {
  if (matchMedia("(max-width: 60rem)").matches) {  // the findings first: what filters them is a screen high
    document.querySelectorAll("nav details").forEach((group) => { group.open = false; });
  }
  search.addEventListener("input", show);
  filters.forEach((filter) => filter.addEventListener("click", press));
  document.addEventListener("keydown", keyed);
  show();
}
