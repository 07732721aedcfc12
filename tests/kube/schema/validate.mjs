// validate.mjs FILE...: checks every object of these YAML files against Kubernetes' OpenAPI schemas (and the Prometheus
// operator's), offline. A file may hold several documents. Two looks: the schema's own rules (types, required fields, patterns),
// and the TypeScript declarations of the same packages, which refuse a field that does not exist. Prints a line an object, then
// "N passed, N failed". `validate.mjs --same A B`: are the objects of both files the same, in whatever order and layout?
import { readFileSync, writeFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { parseAllDocuments } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));

function objects_of(file) {
  const found = [];
  for (const document of parseAllDocuments(readFileSync(file, "utf8"), { uniqueKeys: true })) {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0].message}`);
    const object = document.toJS();
    if (object !== null) found.push(object);
  }
  return found;
}

const name_of = (object) => `${object.kind} ${object.metadata?.namespace ? object.metadata.namespace + "/" : ""}${object.metadata?.name}`;

/// Keys in one order, so that equal objects have equal text.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function same(left, right) {
  const texts = (file) => new Map(objects_of(file).map((object) => [`${object.apiVersion} ${name_of(object)}`, JSON.stringify(sorted(object))]));
  const a = texts(left), b = texts(right);
  const different = [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
  for (const key of different) console.log(`differs: ${key}${a.has(key) ? "" : ` (not in ${left})`}${b.has(key) ? "" : ` (not in ${right})`}`);
  return different.length === 0;
}

/// The module that declares a kind: core objects have no group.
function module_of(object) {
  const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
  const home = group === "monitoring.coreos.com" ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  return [home, group, version, object.kind].filter((part) => part !== "").join("/");
}

async function schema_error(object) {
  let kind;
  try {
    kind = (await import(module_of(object)))[object.kind];
  } catch (error) {
    return `no schema: ${error.message}`;
  }
  try {
    new kind(object).validate();
  } catch (error) {
    return error.message;
  }
  return "";
}

/// Errors of the declarations, by the index of the object; one compiler run for all.
function declaration_errors(all) {
  const lines = [], owner = [];
  const put = (text, index) => { lines.push(text); owner.push(index); };
  all.forEach(({ object }, index) => {
    put(`import { I${object.kind} as T${index} } from "${module_of(object)}";`, index);
    for (const line of `export const object${index}: T${index} = ${JSON.stringify(object, null, 1)};`.split("\n")) put(line, index);
  });
  const file = join(here, `objects.${process.pid}.ts`);
  const errors = new Map();
  try {
    writeFileSync(file, lines.join("\n"));
    const run = spawnSync(process.execPath, [join(here, "node_modules/typescript/lib/tsc.js"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2020",
      "--moduleResolution", "node", "--module", "es2020", file], { encoding: "utf8", cwd: here });
    for (const line of (run.stdout + run.stderr).split("\n")) {
      const at = line.match(/\((\d+),\d+\): error \w+: (.*)/);
      if (at) errors.set(owner[Number(at[1]) - 1], `${at[2]} (at ${lines[Number(at[1]) - 1].trim()})`);
    }
    if (run.status !== 0 && errors.size === 0) throw new Error(`the compiler failed: ${run.stdout}${run.stderr}`);
  } finally {
    rmSync(file, { force: true });
  }
  return errors;
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--same") process.exit(same(rest[0], rest[1]) ? 0 : 1);
const all = [first, ...rest].flatMap((file) => objects_of(file).map((object) => ({ file, object })));
const undeclared = declaration_errors(all);
let passed = 0, failed = 0;
for (const [index, { file, object }] of all.entries()) {
  const error = (await schema_error(object)) || undeclared.get(index) || "";
  if (error === "") ++passed; else ++failed;
  if (error !== "") console.log(`FAIL  ${file}: ${name_of(object)}: ${error}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
