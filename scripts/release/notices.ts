// THIRD-PARTY-NOTICES.txt of a base: what others wrote of it, with the texts that must be passed on.
import type { Component } from "./component.ts";

const RULE = "=".repeat(80);

/** The notices of all components, each under its name, version and licence; the same text stands once per component. */
export function printNotices(components: readonly Component[]): string {
  const head =
    "encoderfile contains software of others, under licences of their own. What it contains, and the texts its\n" +
    "authors ask to be passed on, as their packages carry them:";
  return `${[head, ...components.map(printComponent)].join(`\n\n${RULE}\n`)}\n`;
}

function printComponent({ name, version, licence, website, notices }: Component): string {
  const title = [`${name} ${version ?? ""}`.trim(), licence, website].filter(Boolean).join(" - ");
  return [title, ...notices].join("\n\n");
}
