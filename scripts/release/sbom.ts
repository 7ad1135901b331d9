// The bill of materials of a base or a builder as CycloneDX JSON: no date and no chance in it, so that it is the same
// for the same file.
import { Enums, Models, Serialize, SPDX, Spec } from "@cyclonedx/cyclonedx-library";
import type { Component } from "./component.ts";
import { sha256 } from "./digest.ts";

/** Who makes the program, and where. */
const SUPPLIER = "The Encoderfile Authors";
export const WEBSITE = "https://github.com/encoderfile/encoderfile";

const KIND = {
  application: Enums.ComponentType.Application,
  library: Enums.ComponentType.Library,
  file: Enums.ComponentType.File,
} as const;

export type SbomOptions = {
  /** The file the bill is of, a base or a builder; its parts are what the bill lists. */
  readonly base: Component;
  readonly target: string;
};

/** CycloneDX 1.6 of a file. */
export function printSbom({ base, target }: SbomOptions): string {
  const bom = new Models.Bom();
  const described = toModel({ ...base, parts: [] });
  described.properties.add(new Models.Property("encoderfile:target", target));
  bom.metadata.component = described;
  // Its authors, so far as the project knows itself; a date would differ from run to run.
  bom.metadata.supplier = new Models.OrganizationalEntity({
    name: SUPPLIER,
    url: new Set([WEBSITE]),
  });
  bom.metadata.tools.components.add(makingTool(base));
  for (const part of base.parts) {
    const model = toModel(part);
    bom.components.add(model);
    described.dependencies.add(model.bomRef);
  }
  bom.serialNumber = serialNumber(serialize(bom));
  return serialize(bom);
}

/** The release script, which has the version of what it releases. */
function makingTool({ version }: Component): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, "encoderfile scripts/release.ts", {
    ...(version === undefined ? {} : { version }),
  });
}

function serialize(bom: Models.Bom): string {
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** A name for this bill and no other, made from what is in it: a UUID of version 8 (RFC 9562). */
function serialNumber(content: string): string {
  const hex = sha256(content);
  const parts = [
    ...[hex.slice(0, 8), hex.slice(8, 12)],
    ...[`8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)],
  ];
  return `urn:uuid:${parts.join("-")}`;
}

function toModel(component: Component): Models.Component {
  const { ref, kind, name, version, purl, licence, website, hash, remark, parts } = component;
  const [, group, ownName = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const model = new Models.Component(KIND[kind], ownName, {
    bomRef: ref,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
    ...(remark === undefined ? {} : { description: remark }),
  });
  model.licenses.add(toLicence(licence));
  if (hash !== undefined) model.hashes.set(Enums.HashAlgorithm[hash.algorithm], hash.hex);
  if (website !== undefined) {
    const type = Enums.ExternalReferenceType.Website;
    model.externalReferences.add(new Models.ExternalReference(website, type));
  }
  for (const part of parts) {
    const inner = toModel(part);
    model.components.add(inner);
    model.dependencies.add(inner.bomRef);
  }
  return model;
}

function toLicence(licence: string): Models.License {
  if (SPDX.isSupportedSpdxId(licence)) return new Models.SpdxLicense(licence);
  const isExpression = /^[\w.-]+( (AND|OR|WITH) [\w.-]+)+$/.test(licence);
  return isExpression ? new Models.LicenseExpression(licence) : new Models.NamedLicense(licence);
}
