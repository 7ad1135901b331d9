// The routes of Ollama that clients of embeddings need: vectors, and which model there is.
import { VERSION } from "../../about/index.ts";
import {
  type OllamaDetails,
  ollamaName,
  ollamaShowRequestSchema,
  ollamaShowSchema,
  ollamaTagsSchema,
  ollamaVersionSchema,
  parseRequest,
} from "../../contract/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { taskOfModel } from "../../task/index.ts";
import { operationRoute } from "./operation.ts";
import { ok } from "./reply.ts";
import { readJson } from "./request-json.ts";
import type { Route } from "./route.ts";
import { OLLAMA } from "./status.ts";

/** What Ollama calls a model's architecture; keys of `model_info` begin with it. */
const FAMILY = "encoder";

/** The graph is all that is known: neither the number of parameters nor their precision is. */
const DETAILS: OllamaDetails = {
  parent_model: "",
  format: "onnx",
  family: FAMILY,
  families: [FAMILY],
  parameter_size: "",
  quantization_level: "",
};

/** When the model was made is not in the file: clients get the time this process began. */
function modifiedAt(): string {
  return new Date(performance.timeOrigin).toISOString();
}

const tags: Route = {
  method: "GET",
  path: "/api/tags",
  summary: "the model, as Ollama lists models",
  dialect: OLLAMA,
  schemas: () => ({ response: ollamaTagsSchema }),
  handle: (_request, { engine: { manifest, modelDigest } }) => {
    const name = ollamaName(manifest.name);
    return ok({
      models: [
        {
          name,
          model: name,
          modified_at: modifiedAt(),
          size: Number(manifest.weights?.length ?? 0n),
          digest: modelDigest,
          details: DETAILS,
        },
      ],
    });
  },
};

const version: Route = {
  method: "GET",
  path: "/api/version",
  summary: "version of this program, where clients of Ollama look for one",
  dialect: OLLAMA,
  schemas: () => ({ response: ollamaVersionSchema }),
  handle: () => ok({ version: VERSION }),
};

const show: Route = {
  method: "POST",
  path: "/api/show",
  isFact: true,
  summary: "the model, as Ollama describes one",
  dialect: OLLAMA,
  schemas: () => ({ request: ollamaShowRequestSchema, response: ollamaShowSchema }),
  handle: async (request, service) => {
    parseRequest(ollamaShowRequestSchema, await readJson(request, service));
    return ok(describe(service.engine));
  },
};

function describe({ manifest, model }: Engine) {
  const isEmbedder = taskOfModel(model).id === "sentence_embedding";
  return {
    license: manifest.provenance?.license ?? "",
    modelfile: "",
    parameters: "",
    template: "",
    details: DETAILS,
    model_info: {
      "general.architecture": FAMILY,
      "general.basename": manifest.name,
      [`${FAMILY}.context_length`]: model.tokenizer?.maxLength ?? 0,
      [`${FAMILY}.embedding_length`]: model.width,
    },
    capabilities: isEmbedder ? ["embedding"] : [],
    modified_at: modifiedAt(),
  };
}

export const OLLAMA_ROUTES: readonly Route[] = [
  operationRoute("ollama_embed", {
    path: "/api/embed",
    summary: "one vector per text, as Ollama answers",
    dialect: OLLAMA,
  }),
  operationRoute("ollama_embeddings", {
    path: "/api/embeddings",
    summary: "the vector of one text, as early versions of Ollama answer",
    dialect: OLLAMA,
  }),
  tags,
  version,
  show,
];
