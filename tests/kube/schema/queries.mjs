// queries.mjs PROMETHEUS RULES DASHBOARD METRICS_MD: asks a running Prometheus every expression of the alerts and the dashboard.
// Each must be understood, and every metric that one names must be there, or be one of docs/metrics.md that this host has no
// series of now (no controller is near its purge). Dashboard queries must find data too, unless they ask for such or for trouble.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const [base, rules_file, dashboard_file, metrics_file] = process.argv.slice(2);
const get = async (path) => (await (await fetch(base + path)).json());
const known = new Set((await get("/api/v1/label/__name__/values")).data);
const documented = new Set([...readFileSync(metrics_file, "utf8").matchAll(/^\| `([a-z_]+)` \|/gm)].map((m) => m[1]));
const is_documented = (metric) => documented.has(metric) || documented.has(metric.replace(/_(bucket|sum|count)$/, ""));
let passed = 0, failed = 0;

async function ask(name, expression, wants_data) {
  const text = expression.replaceAll("$__rate_interval", "1m").replaceAll("$node", ".*");
  const absent = [...text.matchAll(/\b(?:discovery_client|process|discovery)_[a-z_]+\b/g)].map((m) => m[0]).filter((metric) => !known.has(metric));
  const answer = await get("/api/v1/query?query=" + encodeURIComponent(text));
  const unknown = absent.filter((metric) => !is_documented(metric));
  const empty = wants_data && absent.length === 0 && answer.status === "success" && answer.data.result.length === 0;
  const error = unknown.length > 0 ? `no such metric: ${unknown.join(", ")}` : answer.status !== "success" ? answer.error : empty ? "finds nothing" : "";
  if (error === "") ++passed; else { ++failed; console.log(`FAIL  ${name}: ${error}: ${text}`); }
}

for (const group of parse(readFileSync(rules_file, "utf8")).groups)
  for (const rule of group.rules) await ask(rule.alert, rule.expr, false);
// `> 0`: a panel that is empty when all is well
for (const panel of JSON.parse(readFileSync(dashboard_file, "utf8")).panels)
  for (const target of panel.targets) await ask(panel.title, target.expr, !target.expr.includes("> 0"));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
