// Paths that name a model: a file holds one.
import { CodedError } from "../../error/index.ts";
import type { PathParams, Service } from "./route.ts";

/** Throws `SERVER_MODEL_NOT_FOUND` unless a path names the one model there is. */
export function requireModel({ name = "", version }: PathParams, { engine }: Service): void {
  const { manifest } = engine;
  const quote = (text: string) => JSON.stringify(text.slice(0, 100));
  if (name !== manifest.name) {
    throw new CodedError(
      "SERVER_MODEL_NOT_FOUND",
      `Cannot find the model ${quote(name)}: this server has ${quote(manifest.name)}`,
      { detail: { path: "name", expected: manifest.name } },
    );
  }
  if (version === undefined || version === manifest.version) return;
  throw new CodedError(
    "SERVER_MODEL_NOT_FOUND",
    `Cannot find version ${quote(version)} of the model: this server has ${quote(manifest.version)}`,
    { detail: { path: "version", expected: manifest.version } },
  );
}
