// Zone page: moving units and turning assumptions without leaving the page; the address says the same look.
// Without this script every control is a link or a form that does the same.

const LEVELS = ["", "precaution", "managed", "sealed"];

const swap = (desk, text) => {
  const held = desk.querySelector(":focus")?.dataset.key;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    desk.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceWith(part);
  }
  if (held) desk.querySelector(`[data-key="${held}"]`)?.focus();
};

const mark = (desk, levels) => {
  desk.querySelectorAll("tr[data-i]").forEach((row) => {
    const level = LEVELS[levels[row.dataset.i]];
    if (row.dataset.level === level) return;
    row.dataset.level = level;
    const label = desk.querySelector(`template[data-level-label="${level}"]`);
    row.querySelector("[data-level-cell]").replaceChildren(label.content.cloneNode(true));
    const at = ["sealed", "managed"].includes(level) ? level : "out";
    row.querySelectorAll("[data-move]").forEach((link) => {
      if (link.dataset.to === at) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  });
};

const startDesk = (desk) => {
  let look = new URLSearchParams(desk.dataset.look);
  let turn = 0;
  let chart = null;
  const said = desk.querySelector("[data-zone-said]");

  const draw = (levels) => {
    mark(desk, levels);
    if (!chart) return;
    for (const feature of chart.data.features) {
      if (feature.properties.kind === "unit") feature.properties.level = LEVELS[levels[feature.properties.i]];
    }
    chart.map.getSource("page").setData(chart.data);
  };

  const count = async (words) => {
    const mine = ++turn;
    const start = performance.now();
    desk.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${desk.dataset.ways}?${look}`, { headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (mine !== turn) return;
      if (!answer.ok) throw new Error(String(answer.status));
      swap(desk, text);
      draw(desk.querySelector("[data-levels]").dataset.levels);
      history.replaceState(null, "", `${location.pathname}?${look}`);
      const figure = desk.querySelector("[data-figure=coverage]");
      said.textContent = [words, figure?.textContent.trim()].filter(Boolean).join(" · ");
      desk.dataset.ms = String(Math.round(performance.now() - start));
      desk.dataset.turns = String(Number(desk.dataset.turns ?? 0) + 1);
    } catch {
      if (mine === turn) said.textContent = desk.dataset.failed;
    } finally {
      if (mine === turn) desk.removeAttribute("aria-busy");
    }
  };

  const nameOf = (to) => desk.querySelector(`[data-zone-choice] [data-to="${to}"]`)?.textContent.trim() ?? to;
  const move = (unit, to) => {
    look.append("move", `${unit}:${to}`);
    count(desk.dataset.moved.replace("{unit}", unit).replace("{level}", nameOf(to)));
  };
  const withMoves = (moves) => {
    look.delete("move");
    moves.forEach((m) => look.append("move", m));
    count("");
  };
  const undo = () => withMoves(look.getAll("move").slice(0, -1));

  desk.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("[data-move], [data-zone-undo], [data-zone-reset], [data-zone-candidate]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.move) move(link.dataset.move, link.dataset.to);
    else if (link.dataset.zoneUndo !== undefined) undo();
    else if (link.dataset.zoneReset !== undefined) withMoves([]);
    else {
      look.set("candidate", link.dataset.zoneCandidate);
      withMoves([]);
    }
  });
  desk.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || !look.has("move")) return;
    event.preventDefault();
    undo();
  });

  const form = desk.querySelector("[data-zone-what-if]");
  form?.addEventListener("input", ({ target }) => {
    const out = form.querySelector(`output[for="${target.id}"]`);
    if (out) out.textContent = out.dataset.share ? `${Math.round(target.value * 100)}%` : Number(target.value).toFixed(1);
  });
  const turned = () => {
    form.querySelectorAll("input[type=range]").forEach((slide) => {
      if (Number(slide.value) === Number(slide.dataset.base)) look.delete(slide.name);
      else look.set(slide.name, slide.value);
    });
    count("");
  };
  form?.addEventListener("change", turned);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    turned();
  });

  desk.addEventListener("fireline:map", (event) => {
    chart = event.detail;
    startDrag(desk, chart, move);
    const choice = desk.querySelector("[data-zone-choice]");
    chart.box.addEventListener("fireline:chosen", ({ detail }) => {
      choice.hidden = !detail;
      choice.querySelectorAll("button").forEach((button) => {
        button.dataset.unit = detail ?? "";
        button.setAttribute("aria-label", `${detail}: ${button.textContent.trim()}`);
      });
    });
    choice.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.dataset.unit) move(button.dataset.unit, button.dataset.to);
    });
  });
};

// Dragging is one way of three: a click with buttons and the list do the same without it.
const startDrag = (desk, { map, box, layers }, move) => {
  const button = desk.querySelector("[data-zone-drag]");
  if (!button) return;
  let held = null;
  const isOn = () => button.getAttribute("aria-pressed") === "true";
  const unitAt = (point) =>
    map.queryRenderedFeatures(point, { layers }).find((f) => f.properties.kind === "unit")?.properties ?? null;
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isOn()));
    box.classList.toggle("is-moving", !held && isOn());
  });
  const grab = (event) => {
    if (!isOn()) return;
    held = unitAt(event.point);
    if (held) event.preventDefault(); // the map stays where it is
  };
  const drop = (event) => {
    const from = held;
    held = null;
    if (!from || !event.point) return;
    const over = unitAt(event.point);
    if (over?.id === from.id) return;
    const to = ["sealed", "managed"].includes(over?.level) ? over.level : "out";
    const now = ["sealed", "managed"].includes(from.level) ? from.level : "out";
    if (to !== now) move(from.id, to);
  };
  map.on("mousedown", grab);
  map.on("touchstart", grab);
  map.on("mouseup", drop);
  map.on("touchend", drop);
};

export function startZones(root) {
  root.querySelectorAll("[data-zone-desk]:not([data-started])").forEach((desk) => {
    desk.dataset.started = "1";
    startDesk(desk);
  });
}
