// The licence texts a package must be passed on with: its own files, else the copyright lines in its code with the
// standard text of the licence. A package for which there is none stops the release.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");
const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|third[-_ ]?party)/i;

/** Texts that packages refer to without carrying them. */
const STANDARD_TEXT: Readonly<Record<string, string>> = {
  "Apache-2.0": join(ROOT, "LICENSE"),
  MIT: join(import.meta.dir, "licence/MIT.txt"),
  "LGPL-2.0": join(import.meta.dir, "licence/LGPL-2.0.txt"),
  "LGPL-2.1": join(import.meta.dir, "licence/LGPL-2.1.txt"),
};

export function standardText(licence: string): string | undefined {
  const path = STANDARD_TEXT[licence];
  return path === undefined ? undefined : readText(path);
}

export type NoticeSource = {
  /** Folder of the package. */
  readonly folder: string;
  /** SPDX expression of its package.json. */
  readonly licence: string;
  /** Its files that are in the base; their opening comments may state rights of others. */
  readonly files: readonly string[];
};

/** Throws when neither the package nor this project has the text of one of its licences. */
export function licenceNotices({ folder, licence, files }: NoticeSource): string[] {
  const names = readdirSync(folder).filter((name) => LICENCE_FILE.test(name));
  const own = names.sort().map((name) => readText(join(folder, name)));
  const comments = [...new Set(files.flatMap(copyrightComment))].sort();
  if (own.length > 0) return [...own, ...comments];
  const texts = licence.match(/[A-Za-z][\w.-]+/g)?.filter((word) => !/^(AND|OR|WITH)$/.test(word));
  const missing = (texts ?? []).filter(
    (name) => standardText(name) === undefined && !comments.some((text) => isText(name, text)),
  );
  if (comments.length === 0 || missing.length > 0) {
    throw new Error(`Cannot find the text of licence ${licence} for ${folder}`);
  }
  return [...comments, ...(texts ?? []).flatMap((name) => standardText(name) ?? [])];
}

/** Whether a comment holds the licence itself and not only its name. */
function isText(licence: string, comment: string): boolean {
  return licence.startsWith("BSD-") && comment.includes("Redistribution and use in source");
}

/** The opening comment of a file, without the marks of comments, when it states a copyright. */
function copyrightComment(path: string): string[] {
  const code = readText(path).replace(/^(#!.*|['"]use strict['"];?)\n/, "");
  const lines = /^(\/\/.*\n)+/.exec(code)?.[0].replaceAll(/^\/\/ ?/gm, "");
  const block = /^\/\*!?\*?([\s\S]*?)\*\//.exec(code)?.[1]?.replaceAll(/^ *\* ?/gm, "");
  const comment = (lines ?? block ?? "").trim();
  return /copyright/i.test(comment) ? [comment] : [];
}

function readText(path: string): string {
  return readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim();
}
