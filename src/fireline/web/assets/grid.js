// A windowed table for long lists: a true <table role="grid">, of which only the rows in view exist.
// The server renders the first block, so the page is a paged table without script.

const KEEP_BLOCKS = 60;
const MARGIN = 12;

class Grid {
  constructor(root) {
    this.root = root;
    this.table = root.querySelector("table");
    this.scroller = root.querySelector("[data-scroll]");
    this.body = this.table.tBodies[0];
    this.status = root.querySelector("[data-status]");
    this.place = root.querySelector("[data-place]");
    this.block = Number(root.dataset.block);
    this.total = Number(root.dataset.total);
    this.words = JSON.parse(document.getElementById("grid-words").textContent);
    this.columns = [...this.table.tHead.rows[0].cells].map((cell) => ({
      name: cell.dataset.col,
      label: cell.innerText.trim(),
      choices: cell.dataset.choices ? JSON.parse(cell.dataset.choices) : null,
      edit: cell.dataset.edit || "",
    }));
    this.blocks = new Map();
    this.pending = new Map();
    this.undone = [];
    this.row = 0;
    this.col = 0;
    this.anchor = null;
    this.first = -1;
    this.last = -1;
    this.seed();
    this.measure();
    this.listen();
    root.classList.add("is-live");
    this.draw(true);
    root.dataset.ready = "grid";
  }

  // The rows already on the page become the first block.
  seed() {
    const start = Number(this.root.dataset.start);
    const rows = [...this.body.rows].map((tr) => ({
      id: tr.dataset.id,
      href: tr.querySelector("a")?.getAttribute("href"),
      cells: [...tr.cells].map((td) => ({ v: td.dataset.v ?? td.innerText.trim(), t: td.innerText.trim(), m: td.dataset.m })),
    }));
    if (start % this.block === 0) this.blocks.set(start / this.block, rows);
    this.row = start;
    this.top = document.createElement("tr");
    this.bottom = document.createElement("tr");
    for (const spacer of [this.top, this.bottom]) {
      spacer.className = "spacer";
      spacer.setAttribute("aria-hidden", "true");
      const cell = document.createElement("td");
      cell.colSpan = this.columns.length;
      spacer.append(cell);
    }
  }

  measure() {
    const sample = this.body.rows[0];
    this.height = sample ? Math.round(sample.getBoundingClientRect().height) || 28 : 28;
    this.table.style.setProperty("--row", `${this.height}px`);
    this.head = this.table.tHead.getBoundingClientRect().height;
  }

  listen() {
    let waiting = false;
    this.scroller.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.draw();
      });
    });
    new ResizeObserver(() => this.draw()).observe(this.scroller);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("mousedown", (event) => this.press(event));
    this.body.addEventListener("dblclick", () => this.edit());
    this.root.addEventListener("copy", (event) => this.copy(event));
    this.root.querySelector("[data-undo-cell]")?.addEventListener("click", () => this.undo());
  }

  window() {
    const from = Math.floor(this.scroller.scrollTop / this.height) - MARGIN;
    const to = Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / this.height) + MARGIN;
    return [Math.max(0, from), Math.min(this.total, to)];
  }

  async fetchBlock(number) {
    if (this.blocks.has(number) || this.pending.has(number)) return;
    const url = new URL(this.root.dataset.rowsUrl, location.href);
    url.searchParams.set("start", String(number * this.block));
    const work = fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((data) => {
        this.blocks.set(number, data.rows);
        while (this.blocks.size > KEEP_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
        this.draw(true);
      })
      .catch(() => this.say(this.words.offline, "bad"))
      .finally(() => this.pending.delete(number));
    this.pending.set(number, work);
    await work;
  }

  at(index) {
    return this.blocks.get(Math.floor(index / this.block))?.[index % this.block];
  }

  draw(force) {
    const [from, to] = this.window();
    this.showPlace();
    for (let n = Math.floor(from / this.block); n <= Math.floor(Math.max(from, to - 1) / this.block); n += 1) {
      if (n * this.block < this.total) this.fetchBlock(n);
    }
    if (!force && from === this.first && to === this.last) return;
    if (this.editor) return;
    const hadFocus = this.body.contains(document.activeElement);
    this.first = from;
    this.last = to;
    const rows = [];
    for (let i = from; i < to; i += 1) rows.push(this.tr(i));
    this.top.firstChild.style.height = `${from * this.height}px`;
    this.bottom.firstChild.style.height = `${Math.max(0, (this.total - to) * this.height)}px`;
    this.top.hidden = from === 0;
    this.bottom.hidden = to >= this.total;
    this.body.replaceChildren(this.top, ...rows, this.bottom);
    this.paint(hadFocus);
  }

  tr(index) {
    const row = this.at(index);
    const tr = document.createElement("tr");
    tr.setAttribute("aria-rowindex", String(index + 2));
    tr.dataset.index = String(index);
    this.columns.forEach((column, c) => {
      const cell = document.createElement(c === 0 ? "th" : "td");
      if (c === 0) cell.scope = "row";
      cell.setAttribute("role", c === 0 ? "rowheader" : "gridcell");
      cell.setAttribute("aria-colindex", String(c + 1));
      cell.dataset.col = column.name;
      cell.tabIndex = -1;
      if (!row) cell.className = "is-loading";
      else this.fill(cell, row, c);
      tr.append(cell);
    });
    return tr;
  }

  fill(cell, row, c) {
    const value = row.cells[c];
    cell.replaceChildren();
    cell.classList.toggle("is-edited", Boolean(value.was !== undefined));
    if (value.was !== undefined) cell.title = `${this.words.was} ${value.was || "–"}`;
    if (value.m) {
      const mark = document.createElement("span");
      mark.className = `mark mark-${value.m}`;
      mark.setAttribute("aria-hidden", "true");
      cell.append(mark);
    }
    if (c === 0 && row.href) {
      const link = document.createElement("a");
      link.href = row.href;
      link.tabIndex = -1;
      link.textContent = value.t;
      cell.append(link);
    } else cell.append(value.t);
  }

  cell(row = this.row, col = this.col) {
    return this.body.querySelector(`tr[data-index="${row}"]`)?.cells[col];
  }

  paint(focus) {
    this.body.querySelectorAll(".is-picked").forEach((cell) => cell.classList.remove("is-picked"));
    this.body.querySelectorAll("[tabindex='0']").forEach((cell) => (cell.tabIndex = -1));
    if (this.anchor) {
      const [r0, r1] = [this.anchor.row, this.row].sort((a, b) => a - b);
      const [c0, c1] = [this.anchor.col, this.col].sort((a, b) => a - b);
      for (let r = Math.max(r0, this.first); r <= Math.min(r1, this.last); r += 1) {
        for (let c = c0; c <= c1; c += 1) this.cell(r, c)?.classList.add("is-picked");
      }
    }
    const active = this.cell();
    if (active) {
      active.tabIndex = 0;
      if (focus) active.focus({ preventScroll: true });
    } else {
      const shown = this.body.querySelector("tr[data-index] > *");
      if (shown) shown.tabIndex = 0;
      if (focus) this.scroller.focus({ preventScroll: true });
    }
  }

  showPlace() {
    if (!this.place) return;
    const from = this.total ? Math.floor(this.scroller.scrollTop / this.height) + 1 : 0;
    const to = Math.min(this.total, from + Math.floor((this.scroller.clientHeight - this.head) / this.height) - 1);
    this.place.textContent = `${from.toLocaleString()}–${Math.max(from, to).toLocaleString()} / ${this.total.toLocaleString()}`;
  }

  shown(col, step) {
    let next = col;
    do next += step;
    while (next >= 0 && next < this.columns.length && this.table.classList.contains(`hide-${this.columns[next].name}`));
    return next >= 0 && next < this.columns.length ? next : col;
  }

  move(row, col, extend) {
    if (extend) this.anchor ??= { row: this.row, col: this.col };
    else this.anchor = null;
    this.row = Math.max(0, Math.min(this.total - 1, row));
    this.col = col;
    const top = this.row * this.height;
    const room = this.scroller.clientHeight - this.head - this.height;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top > this.scroller.scrollTop + room) this.scroller.scrollTop = top - room;
    this.draw(true);
    this.paint(true);
    this.cell()?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  press(event) {
    const cell = event.target.closest("td, th");
    const tr = cell?.closest("tr[data-index]");
    if (!tr || this.editor || event.target.closest("a")) return;
    event.preventDefault();
    this.move(Number(tr.dataset.index), cell.cellIndex, event.shiftKey);
  }

  key(event) {
    if (event.isComposing || this.editor) return;
    if (!event.target.closest("tbody") && event.target !== this.scroller) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.height) - 2);
    const jump = event.ctrlKey || event.metaKey;
    const steps = {
      ArrowDown: () => this.move(this.row + 1, this.col, event.shiftKey),
      ArrowUp: () => this.move(this.row - 1, this.col, event.shiftKey),
      ArrowRight: () => this.move(this.row, this.shown(this.col, 1), event.shiftKey),
      ArrowLeft: () => this.move(this.row, this.shown(this.col, -1), event.shiftKey),
      PageDown: () => this.move(this.row + page, this.col, event.shiftKey),
      PageUp: () => this.move(this.row - page, this.col, event.shiftKey),
      Home: () => this.move(jump ? 0 : this.row, jump ? this.col : 0, event.shiftKey),
      End: () => this.move(jump ? this.total - 1 : this.row, jump ? this.col : this.columns.length - 1, event.shiftKey),
      F2: () => this.edit(),
      Enter: () => (this.columns[this.col].edit ? this.edit() : this.open()),
    };
    if (jump && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo();
      return;
    }
    if (!steps[event.key]) return;
    event.preventDefault();
    steps[event.key]();
  }

  open() {
    const row = this.at(this.row);
    if (row?.href) location.assign(row.href);
  }

  copy(event) {
    if (this.editor || !this.body.contains(document.activeElement)) return;
    const far = this.anchor ?? { row: this.row, col: this.col };
    const [r0, r1] = [far.row, this.row].sort((a, b) => a - b);
    const [c0, c1] = [far.col, this.col].sort((a, b) => a - b);
    const lines = [];
    for (let r = r0; r <= r1 && lines.length < 1000; r += 1) {
      lines.push((this.at(r)?.cells.slice(c0, c1 + 1) ?? []).map((cell) => cell.t.replace(/[\t\n]/g, " ")).join("\t"));
    }
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
    this.say(this.words.copied.replace("{n}", String(lines.length)));
  }

  edit() {
    const column = this.columns[this.col];
    const row = this.at(this.row);
    const cell = this.cell();
    if (!row || !cell || this.editor) return;
    if (!column.edit) {
      this.say(this.words.readonly);
      return;
    }
    const value = row.cells[this.col];
    let field;
    if (column.edit === "select") {
      field = document.createElement("select");
      for (const [code, label] of column.choices) field.add(new Option(label, code, false, code === value.v));
    } else {
      field = document.createElement("input");
      field.type = "text";
      field.value = value.v;
      if (column.edit === "date") field.placeholder = "2026-06-12";
    }
    field.setAttribute("aria-label", column.label);
    cell.replaceChildren(field);
    this.editor = field;
    field.focus();
    field.select?.();
    let done = false;
    const close = (save, step) => {
      if (done) return;
      done = true;
      this.editor = null;
      if (save && field.value.trim() !== value.v) this.save(row, this.col, value.v, field.value.trim(), true);
      this.draw(true);
      if (step !== null) this.move(this.row + step, this.col, false);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Enter") {
        event.preventDefault();
        close(true, 1);
      } else if (event.key === "Escape") close(false, 0);
      else if (event.key === "Tab") {
        event.preventDefault();
        close(true, 0);
      }
    });
    field.addEventListener("blur", () => close(true, null));
  }

  async save(row, col, before, after, remember) {
    const column = this.columns[col];
    this.conflict?.remove();
    let answer;
    try {
      answer = await fetch(this.root.dataset.editUrl, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.root.dataset.csrf },
        body: JSON.stringify({ id: row.id, field: column.name, old: before, new: after }),
      });
    } catch {
      this.say(this.words.offline, "bad");
      return;
    }
    const data = await answer.json().catch(() => ({}));
    if (answer.status === 409) return this.clash(row, col, after, data);
    if (!answer.ok) {
      this.say(data.message || this.words.refused, "bad");
      return;
    }
    const old = row.cells[col];
    row.cells[col] = { ...data.cell, was: old.was ?? old.t };
    if (remember) this.undone.push({ row, col, before, after });
    this.say(this.words.saved.replace("{n}", String(this.undone.length)), "good");
    this.draw(true);
  }

  // Somebody else was faster: show both values and let the person choose; nothing was overwritten.
  clash(row, col, mine, data) {
    const bar = document.createElement("div");
    bar.className = "notice notice-warning conflict";
    bar.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = this.words.conflict
      .replace("{row}", row.id)
      .replace("{column}", this.columns[col].label)
      .replace("{mine}", mine || "–")
      .replace("{theirs}", data.cell?.t || "–");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button";
    again.textContent = this.words.again;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "button";
    drop.textContent = this.words.drop;
    bar.append(text, again, drop);
    if (data.cell) row.cells[col] = data.cell;
    this.draw(true);
    again.addEventListener("click", () => {
      bar.remove();
      this.save(row, col, data.cell?.v ?? "", mine, true);
    });
    drop.addEventListener("click", () => {
      bar.remove();
      this.paint(true);
    });
    this.conflict = bar;
    this.root.prepend(bar);
    again.focus();
  }

  undo() {
    const last = this.undone.pop();
    if (!last) {
      this.say(this.words.nothing);
      return;
    }
    this.save(last.row, last.col, last.after, last.before, false);
  }

  say(text, tone = "") {
    this.status.textContent = text;
    this.status.dataset.tone = tone;
    const undo = this.root.querySelector("[data-undo-cell]");
    if (undo) undo.hidden = this.undone.length === 0;
  }
}

export function startGrids(root) {
  root.querySelectorAll("[data-grid]").forEach((element) => {
    if (element.dataset.ready) return;
    if (Number(element.dataset.total) === 0) return;
    new Grid(element);
  });
}
