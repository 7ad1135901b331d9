// What a file says of its model's licence, for people. The texts are the model's authors' and lie where the model came
// from: a build keeps what the model card states.
import type { InspectReport } from "./report.ts";
import { table } from "./table.ts";

/** A paragraph about the model, ending in a line feed. */
export function printModelLicence({ name, version, provenance }: InspectReport): string {
  const { license = null, repository = null, revision = null, endpoint = null } = provenance ?? {};
  const rows = [
    ["model", `${name} ${version}`.trim()],
    ["licence", license ?? "not stated by its files: ask those who made it"],
    ["repository", repository],
    ["commit", revision],
    ["hub", endpoint],
  ];
  const known = rows.flatMap(([key, value]) => (key && value ? [[key, value]] : []));
  return `Model\n${table(known)}\n\nThe rest of this file, and what it holds of others:\n`;
}
