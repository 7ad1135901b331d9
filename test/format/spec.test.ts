// SPEC.md and the code say the same: the tables of the page are parsed and compared with the constants.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSignature, SIGNATURE_FIELDS } from "../../src/executable/code-signature.ts";
import { ASSET_SLOTS } from "../../src/format/asset.ts";
import { ASSET_PATH_DEPTH_MAX, ASSET_PATH_LENGTH_MAX } from "../../src/format/asset-path.ts";
import {
  FLAG_PROTOBUF,
  FLAG_SEALED,
  FOOTER_FIELDS,
  FOOTER_LENGTH,
  FOOTER_MAGIC,
  FORMAT_VERSION,
} from "../../src/format/footer.ts";
import { BULK_ALIGNMENT, SMALL_ALIGNMENT } from "../../src/format/layout.ts";
import { FILES_MAX, MANIFEST_LENGTH_MAX, NAME_LENGTH_MAX } from "../../src/format/manifest.ts";
import { SEAL_FIELDS, SEAL_LENGTH, SEAL_MAGIC, SEAL_VERSION } from "../../src/format/seal.ts";
import { EncoderfileManifestSchema } from "../../src/gen/manifest_pb.ts";

const SPEC = readFileSync(join(import.meta.dir, "../../src/format/SPEC.md"), "utf8");

/** Rows of the first table below a heading whose header begins with `column`. */
function table(heading: string, column: string): readonly (readonly string[])[] {
  const section = SPEC.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  const lines = section.slice(section.indexOf(`| ${column} `)).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

type Fields = Readonly<Record<string, { offset: number; size: number }>>;

function fieldsOf(heading: string): Fields {
  return Object.fromEntries(
    table(heading, "Offset").map(([offset, size, name]) => [
      name ?? "",
      { offset: Number(offset), size: Number(size) },
    ]),
  );
}

function specValue(heading: string, field: string): string {
  return table(heading, "Offset").find((row) => row[2] === field)?.[3] ?? "";
}

const STRUCTURES = [
  { heading: "Footer", fields: FOOTER_FIELDS, byteLength: FOOTER_LENGTH, magic: FOOTER_MAGIC },
  { heading: "Seal", fields: SEAL_FIELDS, byteLength: SEAL_LENGTH, magic: SEAL_MAGIC },
];

test("SPEC.md has the fields of the code signature without gap or overlap, and their values", () => {
  expect(fieldsOf("Code signature")).toEqual(SIGNATURE_FIELDS);
  const place = 4096;
  const text = { commandByteOffset: 0, name: "__TEXT", address: 0, addressLength: 1 };
  const machO = { text: { ...text, byteOffset: 0, byteLength: 5 }, isMain: true };
  const bytes = encodeSignature(machO, place, new Uint8Array(32));
  // Fields whose value is a number or bytes; those that depend on the file are given here.
  const given: Readonly<Record<string, number>> = {
    length: bytes.length,
    directory_length: bytes.length - 20,
    code_slots: 1,
    code_limit: place,
    exec_seg_base: 0,
    exec_seg_limit: 5,
  };
  for (const [, size = "", name = "", value = ""] of table("Code signature", "Offset")) {
    const { offset } = SIGNATURE_FIELDS[name as keyof typeof SIGNATURE_FIELDS];
    const found = bytes.slice(offset, offset + Number(size)).toHex();
    const hex = /^`([0-9a-f ]+)`/.exec(value)?.[1]?.replaceAll(" ", "");
    const number = given[name] ?? Number.parseInt(value, 10);
    expect([name, found]).toEqual([
      name,
      hex ?? number.toString(16).padStart(Number(size) * 2, "0"),
    ]);
  }
});

for (const { heading, fields, byteLength, magic } of STRUCTURES) {
  test(`SPEC.md has the fields of the ${heading.toLowerCase()} without gap or overlap`, () => {
    expect(fieldsOf(heading)).toEqual(fields);
    let position = 0;
    for (const { offset, size } of Object.values(fieldsOf(heading))) {
      expect(offset).toBe(position);
      position += size;
    }
    expect(position).toBe(byteLength);
  });

  test(`SPEC.md has the magic of the ${heading.toLowerCase()}`, () => {
    const hex = /`([0-9a-f ]+)`/.exec(specValue(heading, "magic"))?.[1] ?? "";
    expect(hex.replaceAll(" ", "")).toBe(magic.toHex());
  });
}

test("SPEC.md has the versions and flags", () => {
  expect(specValue("Footer", "format_version")).toBe(String(FORMAT_VERSION));
  expect(specValue("Seal", "seal_version")).toBe(String(SEAL_VERSION));
  const bits = table("Footer", "Bit").map(([bit, name]) => [name, 2 ** Number(bit)]);
  expect(bits).toEqual([
    ["PROTOBUF", FLAG_PROTOBUF],
    ["SEALED", FLAG_SEALED],
  ]);
});

test("SPEC.md has the limits", () => {
  const constants = {
    BULK_ALIGNMENT,
    SMALL_ALIGNMENT,
    FOOTER_LENGTH,
    SEAL_LENGTH,
    MANIFEST_LENGTH_MAX,
    FILES_MAX,
    NAME_LENGTH_MAX,
    ASSET_PATH_LENGTH_MAX,
    ASSET_PATH_DEPTH_MAX,
  };
  const rows = table("Order and alignment", "Constant");
  expect(Object.fromEntries(rows.map(([name, value]) => [name, Number(value)]))).toEqual(constants);
});

test("SPEC.md has the slots, their numbers and usual names", () => {
  const usual = table("Assets", "Slot").map(([kind, name]) => [kind, name]);
  expect(usual).toEqual(ASSET_SLOTS.map(({ kind, usualName }) => [kind, usualName]));
  const numbers = table("Manifest", "Number").map(([number, field]) => [Number(number), field]);
  const slots = ASSET_SLOTS.map(({ kind, number }): [number, string] => [number, kind]);
  expect(numbers.slice(0, slots.length)).toEqual(slots);
  const declared = EncoderfileManifestSchema.fields.map((field) => [field.number, field.name]);
  for (const [number, name] of numbers) expect(declared).toContainEqual([number, name] as never);
});
