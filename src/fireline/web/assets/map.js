// Maps from the page's own GeoJSON: no tiles, no fonts, no address outside this server.
import { AttributionControl, LngLatBounds, Map as GlMap, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

// The three zone patterns are told apart in black and white too: cross-hatch, one diagonal, dots.
const pattern = (size, hex, isInk) => {
  const data = new Uint8Array(size * size * 4);
  const [r, g, b] = rgb(hex);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) data.set([r, g, b, isInk(x, y) ? 200 : 60], (y * size + x) * 4);
  }
  return { width: size, height: size, data };
};

const patterns = () => ({
  sealed: pattern(12, token("zone-sealed"), (x, y) => (x + y) % 12 < 2 || (x - y + 12) % 12 < 2),
  managed: pattern(16, token("zone-managed"), (x, y) => (x + y) % 16 < 3),
  precaution: pattern(16, token("zone-precaution"), (x, y) => (x - 8) ** 2 + (y - 8) ** 2 < 6),
});

const LEVELS = ["precaution", "managed", "sealed"];
const EDGES = { sealed: 3, managed: 2, precaution: 2 };

const isKind = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

const zoneLayers = (level) => {
  const of = ["==", ["get", "level"], level];
  const colour = token(`zone-${level}`);
  const line = { "line-color": colour, "line-width": EDGES[level] };
  if (level === "precaution") line["line-dasharray"] = [2, 1.5];
  const isPolygon = ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]];
  return [
    { id: `zone-${level}`, type: "fill", source: "page", filter: ["all", of, isPolygon], paint: { "fill-pattern": level } },
    { id: `zone-${level}-edge`, type: "line", source: "page", filter: ["all", of, isPolygon], paint: line },
    {
      id: `zone-${level}-point`, type: "circle", source: "page", filter: ["all", of, ["==", ["geometry-type"], "Point"]],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 12, { sealed: 8, managed: 7, precaution: 5 }[level], 16, 14],
        "circle-color": colour, "circle-opacity": level === "precaution" ? 0.35 : 0.75,
        "circle-stroke-color": token("text"), "circle-stroke-width": level === "sealed" ? 1.5 : 0.5,
      },
    },
  ];
};

// Units of no level: a hair line, so that they can be seen, chosen and moved in.
const noZoneLayers = () => {
  const of = ["all", isKind("unit"), ["==", ["get", "level"], ""]];
  const isPoint = ["==", ["geometry-type"], "Point"];
  return [
    { id: "zone-none", type: "fill", source: "page", filter: ["all", of, ["!", isPoint]], paint: { "fill-color": token("panel"), "fill-opacity": 0.01 } },
    { id: "zone-none-edge", type: "line", source: "page", filter: ["all", of, ["!", isPoint]], paint: { "line-color": token("edge"), "line-width": 0.5 } },
    { id: "zone-none-point", type: "circle", source: "page", filter: ["all", of, isPoint], paint: { "circle-radius": 4, "circle-color": token("panel"), "circle-stroke-color": token("edge"), "circle-stroke-width": 1 } },
  ];
};

const unitMarks = () => [
  {
    id: "unit-lit", type: "line", source: "page", filter: ["all", isKind("unit"), ["boolean", ["get", "lit"], false]],
    paint: { "line-color": token("text"), "line-width": 5 },
  },
  {
    id: "unit-names", type: "symbol", source: "page", filter: isKind("unit"), minzoom: 12.5,
    layout: { "text-field": ["get", "id"], "text-size": 11, "text-font": ["sans-serif"], "symbol-sort-key": ["match", ["get", "level"], "sealed", 0, "managed", 1, 2] },
    paint: { "text-color": token("text"), "text-halo-color": token("ground"), "text-halo-width": 1.5 },
  },
];

// Alarm levels of areas, from weak to strong; the glyph and numeral stand in the name, so colour is never alone.
const ALARMS = { very_low: 4, low: 3, medium: 2, high: 1 };

const alarmLayers = ([level, no]) => {
  const of = ["all", isKind("alarm"), ["==", ["get", "level"], level]];
  const isPoint = ["==", ["geometry-type"], "Point"];
  const colour = token(`alarm-${no}`);
  return [
    { id: `alarm-${level}`, type: "fill", source: "page", filter: ["all", of, ["!", isPoint]], paint: { "fill-color": colour, "fill-opacity": 0.85 } },
    {
      id: `alarm-${level}-edge`, type: "line", source: "page", filter: ["all", of, ["!", isPoint]],
      paint: { "line-color": token("text"), "line-width": ["case", ["boolean", ["get", "lit"], false], 4, 1] },
    },
    {
      id: `alarm-${level}-point`, type: "circle", source: "page", filter: ["all", of, isPoint],
      paint: {
        "circle-radius": { high: 12, medium: 10, low: 8, very_low: 6 }[level], "circle-color": colour,
        "circle-stroke-color": token("text"), "circle-stroke-width": ["case", ["boolean", ["get", "lit"], false], 4, 1],
      },
    },
  ];
};

const touchedLayer = () => ({
  id: "alarm-touched", type: "line", source: "page", filter: ["all", isKind("alarm"), ["==", ["get", "level"], "touched"]],
  paint: { "line-color": token("text"), "line-width": 2.5, "line-dasharray": [2, 1.5] },
});

const alarmNames = () => ({
  id: "alarm-names", type: "symbol", source: "page", filter: isKind("alarm"),
  layout: {
    "text-field": ["concat", ["get", "glyph"], " ", ["get", "name"]], "text-size": 13, "text-font": ["sans-serif"],
    "text-max-width": 9, "symbol-sort-key": ["get", "no"],
    "text-variable-anchor": ["center", "top", "bottom"], "text-radial-offset": 0.9,
  },
  paint: { "text-color": token("text"), "text-halo-color": token("ground"), "text-halo-width": 2 },
});

const style = (data) => ({
  version: 8,
  sources: {
    page: { type: "geojson", data },
  },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": token("ground") } },
    { id: "areas", type: "fill", source: "page", filter: isKind("area"), paint: { "fill-color": token("panel") } },
    { id: "areas-edge", type: "line", source: "page", filter: isKind("area"), paint: { "line-color": token("edge"), "line-width": 1 } },
    ...noZoneLayers(),
    ...LEVELS.flatMap(zoneLayers),
    ...unitMarks(),
    ...Object.entries(ALARMS).flatMap(alarmLayers),
    touchedLayer(),
    alarmNames(),
    {
      id: "path", type: "line", source: "page", filter: isKind("path"),
      paint: { "line-color": token("link"), "line-width": 2, "line-dasharray": [2, 1.5] },
    },
    {
      id: "dots", type: "circle", source: "page", filter: isKind("stay", "case"),
      paint: {
        "circle-radius": ["case", ["==", ["get", "kind"], "stay"], 11, 5],
        "circle-color": ["case", ["boolean", ["get", "lit"], false], token("focus-outer"), token("link")],
        "circle-stroke-color": token("ground"), "circle-stroke-width": 2,
      },
    },
    {
      id: "numbers", type: "symbol", source: "page", filter: isKind("stay"),
      layout: { "text-field": ["to-string", ["get", "no"]], "text-size": 12, "text-font": ["sans-serif"], "text-allow-overlap": true },
      paint: { "text-color": token("on-link") },
    },
    {
      id: "names", type: "symbol", source: "page", filter: ["all", isKind("area", "stay"), ["has", "name"]],
      layout: {
        "text-field": ["get", "name"], "text-size": 12, "text-font": ["sans-serif"],
        "text-offset": [0, 1.1], "text-anchor": "top", "text-max-width": 9,
      },
      paint: { "text-color": token("text"), "text-halo-color": token("ground"), "text-halo-width": 1.5 },
    },
  ],
});

const each = (coordinates, visit) => {
  if (typeof coordinates[0] === "number") visit(coordinates);
  else coordinates.forEach((inner) => each(inner, visit));
};

const boundsOf = (features) => {
  const bounds = new LngLatBounds();
  for (const feature of features) if (feature.geometry) each(feature.geometry.coordinates, (c) => bounds.extend(c));
  return bounds;
};

const wantedBounds = (data, kinds) => {
  const focus = data.features.filter((f) => kinds.includes(f.properties.kind) || ["sealed", "managed"].includes(f.properties.level));
  const bounds = boundsOf(focus.length ? focus : data.features);
  return bounds.isEmpty() ? boundsOf(data.features) : bounds;
};

const select = (map, data, box, id) => {
  for (const feature of data.features) feature.properties.lit = id !== null && feature.properties.id === id;
  map.getSource("page").setData(data);
  document.querySelectorAll(`[data-map-row="${box.id}"]`).forEach((row) => {
    row.classList.toggle("is-lit", id !== null && row.dataset.id === id);
  });
};

const wire = (map, data, box) => {
  const live = [
    "dots",
    ...["none", ...LEVELS].flatMap((level) => [`zone-${level}`, `zone-${level}-point`]),
    ...Object.keys(ALARMS).flatMap((level) => [`alarm-${level}`, `alarm-${level}-point`]),
  ];
  const note = box.parentElement.querySelector("[data-map-note]");
  map.on("click", (event) => {
    const hit = map.queryRenderedFeatures(event.point, { layers: live })[0];
    select(map, data, box, hit ? String(hit.properties.id) : null);
    if (note) note.textContent = hit ? String(hit.properties.note ?? hit.properties.name ?? hit.properties.id) : "";
    box.dispatchEvent(new CustomEvent("fireline:chosen", { detail: hit?.properties.kind === "unit" ? String(hit.properties.id) : null }));
    if (!hit) return;
    document.querySelector(`[data-map-row="${box.id}"][data-id="${CSS.escape(String(hit.properties.id))}"]`)?.scrollIntoView({ block: "nearest" });
  });
  box.dispatchEvent(new CustomEvent("fireline:map", { bubbles: true, detail: { map, data, box, layers: live } }));
  document.querySelectorAll(`[data-map-row="${box.id}"]`).forEach((row) => {
    row.addEventListener("click", (event) => {
      if (event.target.closest("a, summary, input")) return;
      select(map, data, box, row.dataset.id);
      const found = data.features.filter((f) => String(f.properties.id) === row.dataset.id);
      const bounds = boundsOf(found);
      if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 90, maxZoom: 15, duration: 0 });
    });
  });
};

const start = (box) => {
  const data = JSON.parse(document.getElementById(box.dataset.map).textContent);
  if (!data.features.length) return;
  let map;
  try {
    map = new GlMap({
      container: box, style: style(data), bounds: wantedBounds(data, box.dataset.focus?.split(" ") ?? ["stay", "case"]), fitBoundsOptions: { padding: 64, maxZoom: 15 },
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      fadeDuration: 0, maxPitch: 0, locale: JSON.parse(box.dataset.words),
    });
  } catch {
    box.dataset.ready = "no-webgl";
    box.hidden = true;
    return;
  }
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-left");
  if (box.dataset.source) map.addControl(new AttributionControl({ compact: false, customAttribution: box.dataset.source }));
  const addPatterns = () => Object.entries(patterns()).forEach(([name, image]) => {
    if (map.hasImage(name)) map.removeImage(name);
    map.addImage(name, image, { pixelRatio: 2 });
  });
  map.on("styleimagemissing", () => undefined);
  map.on("style.load", addPatterns);
  map.once("idle", () => {
    box.dataset.ready = "map";
    wire(map, data, box);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.setStyle(style(data), { diff: false }));
  document.addEventListener("fireline:shown", () => map.resize());
};

document.querySelectorAll("[data-map]").forEach((box) => {
  setWorkerUrl(box.dataset.worker);
  start(box);
});
