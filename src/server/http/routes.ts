// Every route of every dialect, in the order they are listed.
import { COHERE_ROUTES } from "./cohere.ts";
import { DOCS_ROUTES } from "./docs.ts";
import { HUGGING_FACE_ROUTES } from "./hugging-face.ts";
import { KSERVE_ROUTES } from "./kserve.ts";
import { NATIVE_ROUTES } from "./native.ts";
import { OLLAMA_ROUTES } from "./ollama.ts";
import { OPENAI_ROUTES } from "./openai.ts";
import { PROBE_ROUTES } from "./probe.ts";
import type { Route } from "./route.ts";
import { SAGEMAKER_ROUTES } from "./sagemaker.ts";
import { TEI_ROUTES } from "./tei.ts";

export const ROUTES: readonly Route[] = [
  ...NATIVE_ROUTES,
  ...TEI_ROUTES,
  ...OPENAI_ROUTES,
  ...OLLAMA_ROUTES,
  ...COHERE_ROUTES,
  ...KSERVE_ROUTES,
  ...SAGEMAKER_ROUTES,
  ...HUGGING_FACE_ROUTES,
  ...PROBE_ROUTES,
  ...DOCS_ROUTES,
];
