// What a base is made of, as its bill of materials and its notices need it.

export type Component = {
  /** Unique in a base: its package URL, or a name below that of its owner. */
  readonly ref: string;
  readonly kind: "application" | "library" | "file";
  readonly name: string;
  /** Left out where its owner does not say. */
  readonly version?: string;
  readonly purl?: string;
  /** An SPDX expression, or what its owner calls the licence. */
  readonly licence: string;
  readonly website?: string;
  readonly hash?: { readonly algorithm: "SHA-256" | "SHA-512"; readonly hex: string };
  /** Whether it is inside and how, where that needs saying. */
  readonly remark?: string;
  /** Texts that must be passed on with it. */
  readonly notices: readonly string[];
  /** What it consists of itself. */
  readonly parts: readonly Component[];
};

/** The package URL of an npm package: "pkg:npm/%40scope/name@1.2.3". */
export function npmPurl(name: string, version?: string): string {
  const path = name.replace(/^@/, "%40");
  return version === undefined ? `pkg:npm/${path}` : `pkg:npm/${path}@${version}`;
}
