// What `licences` prints of the program. Entered with import(): only that command reads the texts.

const FROM_SOURCE = `encoderfile runs from source. Its own licence is the file LICENSE; those of what it uses lie in
the packages of node_modules. A base that is compiled with scripts/base.ts holds them all.
`;

/** The licences of this program and of what it contains of others, in full; from source, where they are. */
export async function programLicences(): Promise<string> {
  const { LICENCE_TEXT } = await import("./licence-text.ts");
  if (LICENCE_TEXT === undefined) return FROM_SOURCE;
  return Bun.zstdDecompressSync(Buffer.from(LICENCE_TEXT, "base64")).toString("utf8");
}
