// What htmx does not: the key that leads to the search, forms that are sent once, scanners, and the
// tab at hand where the tabs go on beyond a phone.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.getElementById("search");
  if (!field || kept) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "Escape" && event.target === field) {
    field.blur();
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if ("next" in form.dataset) {
    event.preventDefault();
    if (!kept) goOn(form, event.submitter);
    return;
  }
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

// A page that the browser kept and shows again may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// ---------------------------------------------------------------- from a scan to a number and back

// Keys typed while a page is on its way. A browser loses some of those typed while it loads one, and
// half a number is not to be counted: so the page comes into this one, and what was typed meanwhile
// goes into its first field, or nowhere.
let kept = null;

document.addEventListener("keydown", (event) => {
  if (!kept || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length > 1 && event.key !== "Enter" && event.key !== "Backspace") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  kept.push(event.key);
}, true);

async function goOn(form, submitter) {
  kept = [];
  let page, address, redirected;
  try {
    const fields = new URLSearchParams(new FormData(form, submitter));
    const post = form.method === "post";
    const answer = post
      ? await fetch(form.action, { method: "POST", body: fields })
      : await fetch(`${form.action}?${fields}`);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    ({ url: address, redirected } = answer);
  } catch {
    kept = null;
    form.submit();
    return;
  }
  for (const part of ["header", "main"]) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  document.title = page.title;
  // What a form was refused with is no page to come back to.
  const refused = form.method === "post" && !redirected;
  if (!refused && address !== location.href) history.pushState(null, "", address);
  window.htmx?.process(document.body);
  window.scrollTo(0, 0);
  const keys = kept;
  kept = null;
  const done = document.querySelector("main .note");
  const field = document.querySelector(done ? "#search" : "main [data-first]");
  if (field) typeInto(field, keys);
  else document.getElementById("search")?.focus();
}

function typeInto(field, keys) {
  field.focus();
  // What was refused stands there, to be sent with a word of confirmation or typed over.
  field.select();
  if (keys.length) field.value = "";
  while (keys.length) {
    const key = keys.shift();
    if (key === "Backspace") {
      field.value = field.value.slice(0, -1);
    } else if (key !== "Enter") {
      field.value += key;
    } else if (field.value) {
      field.form.requestSubmit();
      kept?.push(...keys);
      return;
    }
  }
}

window.addEventListener("popstate", () => location.reload());

// ---------------------------------------------------------------- counting by a scanner

// What is scanned while no field has the focus goes into the field for it.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!/^[^\s/]$/u.test(event.key) || event.target.closest("input, textarea, select, button, a, summary")) return;
  document.querySelector("[data-scan=code], main [data-first]")?.focus();
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !field.dataset?.scan) return;
  event.preventDefault();
  const form = field.form;
  const typed = field.value.trim();
  if (!typed) return;
  if (field.dataset.scan === "code") {
    field.value = "";
    if (form.elements.ask.checked) {
      form.dataset.code = typed;
      form.elements.number.value = "";
      form.elements.number.focus();
      tell(form, typed, "");
    } else {
      add(form, typed, 1);
    }
  } else if (/^\d{1,6}$/.test(typed) && form.dataset.code) {
    add(form, form.dataset.code, Number(typed));
    delete form.dataset.code;
    field.value = "";
    form.elements.code.focus();
  } else {
    field.select();
  }
});

function add(form, code, units) {
  const field = form.elements.lines;
  const rows = field.value.split("\n").filter((row) => row.trim());
  const place = rows.findIndex((row) => row.split("\t")[0].trim() === code);
  const had = place < 0 ? 0 : Number(rows[place].split("\t")[1] ?? 1) || 0;
  rows.splice(place < 0 ? rows.length : place, place < 0 ? 0 : 1);
  rows.push(`${code}\t${had + units}`);
  field.value = `${rows.join("\n")}\n`;
  field.scrollTop = field.scrollHeight;
  field.dispatchEvent(new Event("input"));
  tell(form, code, ` × ${had + units}`);
}

async function tell(form, code, units) {
  const place = form.querySelector("[data-told]");
  place.textContent = `${code}${units}`;
  place.classList.remove("bad");
  const answer = await fetch(`/count/known?code=${encodeURIComponent(code)}`);
  // Who was signed out meanwhile is led to the door.
  if (!answer.ok || answer.redirected || !place.textContent.startsWith(code)) return;
  const { known, words } = await answer.json();
  place.textContent = `${code}${units}: ${words}`;
  place.classList.toggle("bad", !known);
}

// What was scanned outlives its page: a browser that found no server, or left the page, comes back to
// an empty one. It is kept in this tab until it is written, with the mark of its form, by which it is
// not written twice.
const scanned = document.querySelector("[data-scan=code]")?.form;
if (scanned) {
  const { lines, once, what } = scanned.elements;
  const [place, sent, fresh] = [`scanned ${what.value}`, `sent ${what.value}`, once.value];
  const keep = () => {
    if (lines.value.trim()) {
      sessionStorage.setItem(place, JSON.stringify([lines.value, once.value]));
    } else {
      sessionStorage.removeItem(place);
      once.value = fresh;
    }
  };
  if (sessionStorage.getItem(sent) && document.querySelector("main .note")) {
    sessionStorage.removeItem(place);
  }
  sessionStorage.removeItem(sent);
  const former = sessionStorage.getItem(place);
  if (former && !lines.value.trim()) [lines.value, once.value] = JSON.parse(former);
  keep();
  lines.addEventListener("input", keep);
  scanned.addEventListener("submit", () => sessionStorage.setItem(sent, "yes"));
}

if (document.querySelector("[data-done]")) sessionStorage.clear();
document.querySelector("form[action='/logout']")?.addEventListener("submit", () => sessionStorage.clear());

// ---------------------------------------------------------------- all of a page

const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16;

document.addEventListener("change", ({ target }) => {
  if (!target.dataset.all) return;
  for (const box of document.querySelectorAll(`[name="${target.dataset.all}"][form="bulk"]`)) box.checked = target.checked;
});
