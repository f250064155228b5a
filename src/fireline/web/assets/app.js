// Entry point of every console page: partial updates, the shell, the line-list grid.
import htmx from "htmx.org";
import { startGrids } from "./grid.js";
import { startShell } from "./shell.js";
import { startZones } from "./zones.js";

window.htmx = htmx;
startShell(document);
startGrids(document);
startZones(document);
document.body.addEventListener("htmx:afterSettle", (event) => {
  startShell(event.detail.elt);
  startGrids(event.detail.elt);
});
document.documentElement.dataset.ready = "app";
