// The page that shows the description of the interface and lets people try it: all in one, without anything
// from elsewhere. It is built from /openapi.json by a script that writes text and never markup.
import { pagePolicy } from "./page-policy.ts";

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --soft: light-dark(#f5f5f5, #222);
  --good: light-dark(#186b2b, #7fd694); --bad: light-dark(#a01818, #ff9a9a); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
details details { margin: .6rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; }
.body { padding: 0 .75rem .75rem; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 600; }
code, pre, textarea, input { font: .85rem/1.45 ui-monospace, monospace; }
pre { margin: .5rem 0; padding: .6rem; max-height: 24rem; overflow: auto; background: var(--soft);
  border-radius: .3rem; white-space: pre-wrap; overflow-wrap: anywhere; }
label { display: block; margin: .5rem 0 .2rem; font-size: .85rem; }
textarea, input { width: 100%; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; }
button { margin: .5rem .5rem 0 0; padding: .4rem 1rem; font: inherit; cursor: pointer; }
.good { color: var(--good); } .bad { color: var(--bad); }
:focus-visible { outline: 2px solid Highlight; outline-offset: 2px; }
`;

const SCRIPT = `
"use strict";
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const print = (value) => JSON.stringify(value, null, 2);
const keyField = document.getElementById("key");
const withKey = (headers) =>
  keyField.value === "" ? headers : { ...headers, authorization: "Bearer " + keyField.value };

let count = 0;
const field = (text, input) => {
  const id = "field-" + count++;
  input.id = id;
  return [make("label", { for: id }, text), input];
};

async function send(request, output, status) {
  status.textContent = "Waiting ...";
  status.className = "";
  output.hidden = true;
  try {
    const begin = performance.now();
    const response = await fetch(request.url, { ...request, headers: withKey(request.headers) });
    const text = await response.text();
    status.textContent = response.status + " in " + Math.round(performance.now() - begin) + " ms";
    status.className = response.ok ? "good" : "bad";
    let shown = text;
    try { shown = print(JSON.parse(text)); } catch {}
    output.textContent = shown.length > 20000 ? shown.slice(0, 20000) + " ..." : shown;
    output.hidden = false;
  } catch (error) {
    status.textContent = "No answer: " + error.message;
    status.className = "bad";
  }
}

/** Quoted for a POSIX shell. */
const quote = (text) => "'" + text.replaceAll("'", "'\\\\''") + "'";

function operation(path, method, described) {
  const summary = make("summary", {}, make("span", { class: "method" }, method.toUpperCase()),
    make("code", {}, path), " " + described.summary);
  const body = make("div", { class: "body" });
  const media = described.requestBody?.content?.["application/json"];
  const places = (described.parameters ?? []).filter((parameter) => parameter.in === "path");
  const placeFields = places.map(({ name }) => [name, make("input", { type: "text", autocomplete: "off" })]);
  for (const [name, input] of placeFields) body.append(...field(name, input));
  const text = make("textarea", { rows: "8", spellcheck: "false" });
  if (media) {
    text.value = print(media.example ?? {});
    body.append(...field("Body", text));
  }
  const requestOf = () => ({
    method: method.toUpperCase(),
    url: placeFields.reduce(
      (url, [name, input]) => url.replace("{" + name + "}", encodeURIComponent(input.value)), path),
    headers: media ? { "content-type": "application/json" } : {},
    ...(media ? { body: text.value } : {}),
  });
  const button = make("button", { type: "button" }, "Send");
  const curl = make("button", { type: "button" }, "Show as curl");
  const status = make("p", { role: "status" });
  const output = make("pre", { tabindex: "0" });
  output.hidden = true;
  button.addEventListener("click", () => send(requestOf(), output, status));
  curl.addEventListener("click", () => {
    const { url, method: verb, headers, body: data } = requestOf();
    const heads = Object.entries(headers).map(([name, value]) => " -H " + quote(name + ": " + value));
    output.textContent = "curl -X " + verb + " " + quote(new URL(url, location.href).href) +
      heads.join("") + (data === undefined ? "" : " -d " + quote(data));
    output.hidden = false;
    status.textContent = "";
  });
  body.append(button, curl, status, output);
  const answer = described.responses["200"];
  const answerMedia = Object.values(answer.content ?? {})[0];
  if (media) body.append(schema("Request", media.schema));
  if (answerMedia) body.append(schema("Answer", answerMedia.schema));
  const faults = Object.entries(described.responses).filter(([status]) => status !== "200");
  body.append(...faults.map(([status, { description }]) => make("p", {}, status + ": " + description)));
  return make("details", { "data-path": path }, summary, body);
}

function schema(title, value) {
  return make("details", {}, make("summary", {}, title + " as JSON Schema"),
    make("div", { class: "body" }, make("pre", { tabindex: "0" }, print(value))));
}

async function load() {
  const title = document.getElementById("title");
  const list = document.getElementById("operations");
  const note = document.getElementById("note");
  try {
    const response = await fetch("openapi.json", { headers: withKey({}) });
    if (!response.ok) throw Error(response.status === 401 ? "give the API key" : "status " + response.status);
    const api = await response.json();
    title.textContent = api.info.title;
    document.title = api.info.title + ": interface";
    note.textContent = api.info.summary + ", version " + api.info.version + ". " + api.info.description;
    const groups = new Map();
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, described] of Object.entries(methods)) {
        const [tag] = described.tags;
        groups.set(tag, [...(groups.get(tag) ?? []), operation(path, method, described)]);
      }
    }
    list.replaceChildren(
      ...[...groups].flatMap(([tag, elements]) => [make("h2", {}, "Dialect: " + tag), ...elements]));
  } catch (error) {
    note.textContent = "Cannot read openapi.json: " + error.message;
  }
}
keyField.addEventListener("change", load);
load();
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interface</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1 id="title">Interface</h1>
<p id="note" role="status">Reading the description ...</p>
<p>The same for programs: <a href="openapi.json">openapi.json</a></p>
<label for="key">API key, if this server asks for one</label>
<input id="key" type="password" autocomplete="off">
<div id="operations"></div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;

/** The page, and the policy it is to be sent with. */
export function docsPage(): { readonly html: string; readonly policy: string } {
  return { html: PAGE, policy: pagePolicy({ script: SCRIPT, style: STYLE }) };
}
