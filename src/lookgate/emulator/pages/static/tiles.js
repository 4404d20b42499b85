// Each tile of a dashboard loads by itself, a few at a time; one that fails can be tried again. Extensions in tiles may
// change the filters and run the dashboard: the extension host tells so by events on their placeholders.
const AT_A_TIME = 4;
const all = [...document.querySelectorAll("[data-tile]")];
const changed = new URLSearchParams();
let waiting = [];

function address(tile) {
  const url = new URL(tile.dataset.tile, location.origin);
  for (const [name, value] of changed) url.searchParams.set(name, value);
  url.searchParams.set("tile_width", String(Math.floor(tile.clientWidth)));
  url.searchParams.set("tile_height", String(Math.floor(tile.clientHeight)));
  return url;
}

async function load(tile) {
  tile.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address(tile), { credentials: "same-origin", redirect: "error" });
    if (!response.ok) throw new Error(`the local Looker answered ${response.status}`);
    await show(tile, await response.text());
  } catch (error) {
    tile.replaceChildren(retry(tile, error));
  }
  tile.removeAttribute("aria-busy");
  tile.removeAttribute("aria-label");
}

// The text is escaped and sanitised on the server, and this page's policy runs no script in it.
async function show(tile, html) {
  const fragment = document.createElement("template");
  fragment.innerHTML = html;
  const next = fragment.content.querySelector("[data-extension]");
  const before = tile.querySelector("[data-extension]");
  if (next && before) {
    const { visualization } = JSON.parse(next.dataset.context);
    before.dispatchEvent(new CustomEvent("host:visualization-data", { detail: visualization }));
    return;
  }
  tile.replaceChildren(fragment.content);
  if (next) {
    const { mount } = await import("/host/static/frame.js");
    await mount(next);
  }
}

function retry(tile, error) {
  const notice = document.createElement("div");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = `This tile could not be loaded: ${error.message}.`;
  const button = document.createElement("button");
  button.className = "button small";
  button.textContent = "Try again";
  button.addEventListener("click", () => {
    button.disabled = true;
    load(tile);
  });
  notice.append(text, button);
  return notice;
}

async function work() {
  for (let tile = waiting.shift(); tile; tile = waiting.shift()) await load(tile);
}

function run() {
  waiting = [...all];
  for (let index = 0; index < AT_A_TIME; index += 1) work();
}

document.addEventListener("host:filters", ({ detail }) => {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(detail.filters)) {
    const input = document.querySelector(`.filters [name="${CSS.escape(name)}"]`);
    if (!input) continue;
    input.value = value;
    changed.set(name, value);
    url.searchParams.set(name, value);
  }
  history.replaceState(history.state, "", url);
});
document.addEventListener("host:run", run);
run();
