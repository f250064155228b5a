// Small behaviours of the pages; every one of them has a way that works without script.

const once = (root, selector, each) => {
  const found = root.matches?.(selector) ? [root] : [];
  for (const element of [...found, ...root.querySelectorAll(selector)]) {
    if (element.dataset.started) continue;
    element.dataset.started = "1";
    each(element);
  }
};

// The start command prints an address with a one-time code after "#": it never reaches a log.
const fillCode = (field) => {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  field.closest("details")?.setAttribute("open", "");
  field.form.querySelector("button[type=submit]")?.focus();
};

const copyText = (button) =>
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    const text = source.value ?? source.innerText;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (source.select) source.select();
    }
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = before), 2000);
  });

const saveText = (button) =>
  button.addEventListener("click", () => {
    const source = document.getElementById(button.dataset.save);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([source.value ?? source.innerText], { type: "text/plain;charset=utf-8" }));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

const autoSubmit = (control) => control.addEventListener("change", () => control.form.requestSubmit());

const dropFile = (zone) => {
  const field = zone.querySelector("input[type=file]");
  const name = zone.querySelector("[data-file-name]");
  const show = () => (name.textContent = [...field.files].map((f) => f.name).join(", "));
  field.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    field.files = event.dataTransfer.files;
    show();
  });
};

// Tabs: links to a section each; with script only one section shows and arrows move between them.
const startTabs = (list) => {
  const tabs = [...list.querySelectorAll("a")];
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  list.setAttribute("role", "tablist");
  const select = (chosen, focus) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
    if (focus) tabs[chosen].focus();
    document.dispatchEvent(new CustomEvent("fireline:shown", { detail: panels[chosen] }));
  };
  tabs.forEach((tab, i) => {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[i].id);
    tab.id ||= `tab-${panels[i].id}`;
    panels[i].setAttribute("role", "tabpanel");
    panels[i].setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      select(i, true);
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      select((i + step + tabs.length) % tabs.length, true);
    });
  });
  list.parentElement.querySelectorAll("li").forEach((li) => li.setAttribute("role", "presentation"));
  const wanted = tabs.findIndex((tab) => tab.hash === location.hash);
  select(Math.max(wanted, 0), false);
};

// Chain picture: left to the source, right to the first infected, up and down among siblings (else the next
// mark), Home and End to the ends; Enter opens the case. One mark at a time is in the tab order.
const startChain = (figure) => {
  const nodes = [...figure.querySelectorAll("a[data-case]")];
  if (!nodes.length) return;
  const byCase = new Map(nodes.map((node) => [node.dataset.case, node]));
  const children = new Map();
  for (const node of nodes) {
    const up = byCase.has(node.dataset.parent) ? node.dataset.parent : "";
    children.set(up, [...(children.get(up) ?? []), node]);
  }
  let current = nodes[0];
  for (const node of nodes) node.setAttribute("tabindex", node === current ? "0" : "-1");
  const go = (node) => {
    if (!node) return;
    current.setAttribute("tabindex", "-1");
    current = node;
    node.setAttribute("tabindex", "0");
    node.focus();
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const beside = (node, step) => {
    const siblings = children.get(byCase.has(node.dataset.parent) ? node.dataset.parent : "");
    return siblings[siblings.indexOf(node) + step] ?? nodes[nodes.indexOf(node) + step];
  };
  figure.addEventListener("focusin", (event) => {
    const node = event.target.closest("a[data-case]");
    if (node && node !== current) go(node);
  });
  figure.addEventListener("keydown", (event) => {
    const node = event.target.closest("a[data-case]");
    if (!node) return;
    const target = {
      ArrowLeft: () => byCase.get(node.dataset.parent),
      ArrowRight: () => children.get(node.dataset.case)?.[0],
      ArrowDown: () => beside(node, 1),
      ArrowUp: () => beside(node, -1),
      Home: () => nodes[0],
      End: () => nodes.at(-1),
    }[event.key];
    if (!target) return;
    event.preventDefault();
    go(target());
  });
};

// The undo bar leaves by itself after ten seconds, unless someone is reading it.
const startUndo = (bar) => {
  let left = 10;
  const tick = setInterval(() => {
    if (bar.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(tick);
    bar.remove();
  }, 1000);
};

const startColumns = (menu) => {
  const table = document.getElementById(menu.dataset.columns);
  menu.addEventListener("change", (event) => {
    table.classList.toggle(`hide-${event.target.value}`, !event.target.checked);
    table.dispatchEvent(new CustomEvent("fireline:columns"));
  });
};

const keys = (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") document.querySelectorAll("details[data-menu][open]").forEach((d) => closeMenu(d, true));
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const field = document.querySelector("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
};

const closeMenu = (menu, focus) => {
  const had = menu.contains(document.activeElement);
  menu.removeAttribute("open");
  if (focus && had) menu.querySelector("summary").focus();
};

let isListening = false;

export function startShell(root) {
  once(root, "[data-code-field]", fillCode);
  once(root, "[data-copy]", copyText);
  once(root, "[data-save]", saveText);
  once(root, "[data-autosubmit]", autoSubmit);
  once(root, "[data-drop]", dropFile);
  once(root, "[data-tabs]", startTabs);
  once(root, "[data-chain]", startChain);
  once(root, "[data-undo]", startUndo);
  once(root, "[data-columns]", startColumns);
  once(root, "[data-print]", (button) => button.addEventListener("click", () => print()));
  once(root, "[data-focus-first]", (element) => element.focus());
  once(root, "[data-js]", (element) => (element.hidden = false));
  if (isListening) return;
  isListening = true;
  document.addEventListener("keydown", keys);
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) closeMenu(menu, false);
    });
  });
}
