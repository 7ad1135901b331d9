// The page: asks what the model is, and offers the form for what it can do.
import { type Answer, Server } from "./ask.ts";
import { classificationPanel } from "./classification-panel.ts";
import { byId } from "./element.ts";
import { embeddingPanel } from "./embedding-panel.ts";
import { entityPanel } from "./entity-panel.ts";
import { type Index, inWords, type Model, modelFacts } from "./model.ts";
import { rankingPanel } from "./ranking-panel.ts";
import { sparsePanel } from "./sparse-panel.ts";
import { tokenPanel } from "./token-panel.ts";

const UNAUTHORIZED = 401;

const PANELS: Readonly<Record<string, (model: Model, server: Server) => HTMLElement>> = {
  embedding: tokenPanel,
  sentence_embedding: embeddingPanel,
  sparse_embedding: sparsePanel,
  sequence_classification: classificationPanel,
  token_classification: entityPanel,
  reranking: (_, server) => rankingPanel(server),
};

const server = new Server();
const keyForm = byId("key-form") as HTMLFormElement;
const keyInput = byId("key") as HTMLInputElement;

async function load(): Promise<void> {
  const [index, model] = await Promise.all([server.get("./"), server.get("model")]);
  if (index.ok && model.ok) {
    keyForm.hidden = true;
    // Both come from the server this page came from.
    show(index.value as Index, model.value as Model);
  } else {
    refuse(index.ok ? model : index);
  }
}

function show(index: Index, model: Model): void {
  document.title = index.name;
  byId("name").textContent = index.name;
  const version = index.version === "" ? "" : `, version ${index.version}`;
  byId("about").textContent = `A model for ${inWords(model.task)}${version}.`;
  byId("facts").replaceChildren(modelFacts(index, model));
  byId("model").hidden = false;
  const panel = PANELS[model.task]?.(model, server);
  byId("panel").replaceChildren(...(panel === undefined ? [] : [panel]));
  if (keyForm.contains(document.activeElement) || server.key !== "") {
    byId("panel").querySelector<HTMLElement>("textarea, input")?.focus();
  }
}

function refuse(answer: Answer): void {
  if (answer.ok) return;
  byId("about").textContent = answer.message;
  if (answer.status !== UNAUTHORIZED) return;
  keyForm.hidden = false;
  keyInput.focus();
  keyInput.select();
}

keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  server.key = keyInput.value.trim();
  void load();
});
void load();
