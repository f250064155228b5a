// Bundles the browser side of Fireline into src/fireline/web/static/dist; same input, same bytes.
// The map's worker is an entry point of its own: imported bare, the bundler drops it to an empty file.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..", "..");
const out = join(here, "..", "static", "dist");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await esbuild.build({
  absWorkingDir: root,
  entryPoints: {
    app: join(here, "app.js"),
    map: join(here, "map.js"),
    "map-worker": join(root, "node_modules", "maplibre-gl", "dist", "maplibre-gl-worker.mjs"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome100", "firefox102", "safari16"],
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
});

const sums = {};
for (const name of readdirSync(out).sort()) {
  const bytes = readFileSync(join(out, name));
  if (statSync(join(out, name)).size < 100) throw new Error(`${name} came out empty`);
  sums[name] = createHash("sha256").update(bytes).digest("hex");
}
writeFileSync(join(out, "sums.json"), JSON.stringify(sums, null, 1) + "\n");
