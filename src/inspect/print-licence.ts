// What a file says of its model's licence, for people: what the model card states, and the licence files that came with
// the model, which are in the file.
import { printable } from "../error/index.ts";
import { assetSource, type OpenedFile } from "../format/index.ts";
import { FileRole } from "../gen/manifest_pb.ts";
import { inspectOpened } from "./inspect-file.ts";
import { table } from "./table.ts";

/** Licences have some 10 KB, lists of notices some 100 KB; of more the beginning is printed. */
const TEXT_BYTES_MAX = 1024 * 1024;

/** A paragraph about the model, then its licence files as text; ends in a line feed. */
export function printModelLicence(opened: OpenedFile): string {
  const { name, version, provenance } = inspectOpened(opened);
  const { license = null, repository = null, revision = null, endpoint = null } = provenance ?? {};
  const rows = [
    ["model", `${name} ${version}`.trim()],
    ["licence", license ?? "not stated by its model card"],
    ["repository", repository],
    ["commit", revision],
    ["hub", endpoint],
  ];
  const known = rows.flatMap(([key, value]) => (key && value ? [[key, value]] : []));
  const rest = "The rest of this file, and what it holds of others:";
  return `${[`Model\n${table(known)}`, ...licenceFiles(opened), rest].join("\n\n")}\n`;
}

function licenceFiles(opened: OpenedFile): readonly string[] {
  return opened.assets
    .filter(({ role }) => role === FileRole.LICENSE)
    .map((asset) => {
      const source = assetSource(opened, asset);
      const bytes = source.read(0, Math.min(source.byteLength, TEXT_BYTES_MAX));
      const lines = new TextDecoder().decode(bytes).trimEnd().split(/\r?\n/);
      return `${printable(asset.name)} of the model:\n\n${lines.map(harmless).join("\n")}`;
    });
}

function harmless(line: string): string {
  return line.split("\t").map(printable).join("\t");
}
