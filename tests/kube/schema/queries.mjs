// queries.mjs PROMETHEUS RULES DASHBOARD: asks a running Prometheus every expression of the alerts and the dashboard. Each must
// be understood, and every metric that one names must be there. Dashboard queries must find data too, unless they ask for trouble.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const [base, rules_file, dashboard_file] = process.argv.slice(2);
const get = async (path) => (await (await fetch(base + path)).json());
const known = new Set((await get("/api/v1/label/__name__/values")).data);
let passed = 0, failed = 0;

async function ask(name, expression, wants_data) {
  const text = expression.replaceAll("$__rate_interval", "1m").replaceAll("$node", ".*");
  const absent = [...text.matchAll(/\b(?:discovery_client|process|discovery)_[a-z_]+\b/g)].map((m) => m[0]).filter((metric) => !known.has(metric));
  const answer = await get("/api/v1/query?query=" + encodeURIComponent(text));
  const empty = wants_data && answer.status === "success" && answer.data.result.length === 0;
  const error = absent.length > 0 ? `no such metric: ${absent.join(", ")}` : answer.status !== "success" ? answer.error : empty ? "finds nothing" : "";
  if (error === "") ++passed; else { ++failed; console.log(`FAIL  ${name}: ${error}: ${text}`); }
}

for (const group of parse(readFileSync(rules_file, "utf8")).groups)
  for (const rule of group.rules) await ask(rule.alert, rule.expr, false);
// `> 0`: a panel that is empty when all is well
for (const panel of JSON.parse(readFileSync(dashboard_file, "utf8")).panels)
  for (const target of panel.targets) await ask(panel.title, target.expr, !target.expr.includes("> 0"));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
