// What a base is made of: found in the bundle, described as CycloneDX that its schema accepts, with licence texts.
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { bunComponent } from "../../../scripts/release/bun-component.ts";
import type { Component } from "../../../scripts/release/component.ts";
import { licenceNotices } from "../../../scripts/release/licence-notice.ts";
import { printNotices } from "../../../scripts/release/notices.ts";
import { bundledPackages } from "../../../scripts/release/npm-component.ts";
import { onnxruntimeComponent } from "../../../scripts/release/onnxruntime-component.ts";
import { printSbom } from "../../../scripts/release/sbom.ts";
import { findTarget, hostTarget, TARGETS } from "../../../src/target/index.ts";
import { ROOT } from "../../helper/source-tree.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

const host = hostTarget();
let packages: Component[];
let parts: Component[];

beforeAll(async () => {
  packages = await bundledPackages();
  parts = [bunComponent(host), onnxruntimeComponent(host), ...packages];
});

function base(inside: readonly Component[]): Component {
  return {
    ref: "encoderfile",
    kind: "application",
    name: "encoderfile",
    version: "0.1.0",
    licence: "Apache-2.0",
    hash: { algorithm: "SHA-256", hex: "0".repeat(64) },
    notices: [],
    parts: inside,
  };
}

describe("bundledPackages()", () => {
  test("lists what is in the bundle: nothing of the tests, nothing that is only installed", () => {
    const names = packages.map(({ name }) => name);
    for (const name of ["zod", "hono", "yaml", "commander", "@bufbuild/protobuf"]) {
      expect(names).toContain(name);
    }
    for (const name of ["onnxruntime-node", "adm-zip", "typescript", "tar-stream", "ajv"]) {
      expect(names).not.toContain(name);
    }
  });

  test("gives each its licence, package URL, digest of the lockfile and texts", () => {
    for (const { name, version, licence, purl, hash, notices } of packages) {
      expect(licence).toMatch(/^(MIT|ISC|Apache-2\.0|BSD-3-Clause)( AND BSD-3-Clause)?$/);
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
      expect(hash?.hex).toMatch(/^[0-9a-f]{128}$/);
      expect(notices.join("\n")).toMatch(/copyright/i);
      expect(notices.join("\n")).toMatch(/permission|redistribution/i);
    }
  });
});

test("bunComponent() names the engine and the libraries Bun links on that system", () => {
  const bun = bunComponent(host);
  expect(bun.hash?.hex).toMatch(/^[0-9a-f]{64}$/);
  const names = bun.parts.map(({ name }) => name);
  expect(names).toContain("JavaScriptCore");
  expect(names).toContain("boringssl");
  expect(names.includes("libuv")).toBe(host.os === "windows");
  expect(bun.parts.find(({ name }) => name === "brotli")?.licence).toBe("MIT");
  expect(bun.notices.join("\n")).toContain("GNU LIBRARY GENERAL PUBLIC LICENSE");
});

test.each(TARGETS.map((target) => [target.name, target] as const))(
  "onnxruntimeComponent() names the version and the files of %s",
  (_, target) => {
    const { version, parts, licence, notices } = onnxruntimeComponent(target);
    expect([version, licence]).toEqual([target.onnxruntime.version, "MIT"]);
    expect(parts.map(({ name }) => name)).toEqual([
      target.onnxruntime.library.split("/").at(-1) ?? "",
      target.onnxruntime.addon.split("/").at(-1) ?? "",
    ]);
    expect(notices.join("\n")).toContain(`/v${version}/ThirdPartyNotices.txt`);
  },
);

test("onnxruntimeComponent() refuses a target that asks for another version", () => {
  const target = findTarget("linux-x64");
  const other = { ...target, onnxruntime: { ...target.onnxruntime, version: "1.0.0" } };
  expect(() => onnxruntimeComponent(other)).toThrow("asks for ONNX Runtime 1.0.0, found");
});

describe("printSbom()", () => {
  test("writes CycloneDX 1.6 that its schema accepts", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    const sbom = printSbom({ base: base(parts), target: host.name });
    expect(await validator.validate(sbom)).toBeNull();
    // The same validator does find faults.
    expect(await validator.validate(sbom.replace('"library"', '"book"'))).not.toBeNull();
  });

  test("has neither a date nor chance in it, and a serial number of its content", () => {
    const one = printSbom({ base: base(parts), target: host.name });
    expect(printSbom({ base: base(parts), target: host.name })).toBe(one);
    expect(one).not.toContain("timestamp");
    const serial = (text: string) => JSON.parse(text).serialNumber;
    expect(serial(one)).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8/);
    expect(serial(printSbom({ base: base(packages), target: host.name }))).not.toBe(serial(one));
  });

  test("names who supplies the file and the tool that made the bill", () => {
    const { metadata } = JSON.parse(printSbom({ base: base(parts), target: host.name }));
    expect(metadata.supplier.name).toBe("The Encoderfile Authors");
    expect(metadata.tools.components).toEqual([
      { type: "application", name: "encoderfile scripts/release.ts", version: "0.1.0" },
    ]);
  });

  test("gives every component a licence and the base all of them as dependencies", () => {
    const { components, dependencies, metadata } = JSON.parse(
      printSbom({ base: base(parts), target: host.name }),
    );
    expect(components).toHaveLength(parts.length);
    for (const component of components) expect(component.licenses).toHaveLength(1);
    const root = dependencies.find(({ ref }: { ref: string }) => ref === "encoderfile");
    expect(root.dependsOn).toHaveLength(parts.length);
    expect(metadata.component.properties).toEqual([
      { name: "encoderfile:target", value: host.name },
    ]);
  });
});

test("printNotices() names every component with its texts", () => {
  const notices = printNotices(parts);
  for (const { name, version } of parts) expect(notices).toContain(`\n${name} ${version} - `);
  expect(notices).toContain("Copyright (c) Microsoft Corporation");
  expect(notices).toContain("Redistributions in binary form must reproduce");
});

describe("licenceNotices()", () => {
  test("takes files of the package, copyright comments and standard texts", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("a.js"), "// Copyright A\r\n// All rights reserved.\r\nrun();\n");
    writeFileSync(folder.join("b.js"), '"use strict";\n/*!\n * Copyright B\n */\nrun();\n');
    writeFileSync(folder.join("c.js"), "// Runs.\nrun();\n");
    const files = ["a.js", "b.js", "c.js"].map((name) => folder.join(name));
    const options = { folder: folder.path, licence: "MIT", files };
    const [first, second, third, ...rest] = licenceNotices(options);
    expect([first, second]).toEqual(["Copyright A\nAll rights reserved.", "Copyright B"]);
    expect(third).toStartWith("Permission is hereby granted");
    expect(rest).toEqual([]);
    writeFileSync(folder.join("LICENSE.md"), "Do as you like.\n");
    expect(licenceNotices({ ...options, files: [] })).toEqual(["Do as you like."]);
  });

  test("refuses a package without a copyright line, and a licence whose text is nowhere", () => {
    using folder = createTempDir();
    mkdirSync(folder.join("lib"));
    writeFileSync(folder.join("lib/a.js"), "// Copyright A\nrun();\n");
    const options = { folder: folder.path, files: [] };
    expect(() => licenceNotices({ ...options, licence: "MIT" })).toThrow("text of licence MIT");
    const files = [folder.join("lib/a.js")];
    expect(() => licenceNotices({ ...options, files, licence: "MPL-2.0" })).toThrow("MPL-2.0");
    expect(() => licenceNotices({ ...options, files, licence: "BSD-3-Clause" })).toThrow("BSD-3");
  });
});

test("the texts that come with the scripts are there", () => {
  for (const name of ["MIT", "LGPL-2.0", "LGPL-2.1"]) {
    expect(existsSync(`${ROOT}/scripts/release/licence/${name}.txt`)).toBe(true);
  }
});
