// A range of a file and what was found there: the words in which verify.ts and its like report.

export type PartKind =
  | "base"
  | "manifest"
  | "asset"
  | "padding"
  | "signature"
  | "seal"
  | "footer"
  | "code_signature";

/** One contiguous range of the file and what was found there. */
export type VerifiedPart = {
  part: PartKind;
  /** Of assets only. */
  name?: string;
  /** Absolute. */
  byteOffset: number;
  byteLength: number;
  /** "unchecked" when nothing intact vouches for these bytes. */
  status: "intact" | "damaged" | "unchecked";
  /** Lower-case hexadecimal digests or bytes, when the part is damaged. */
  expected?: string;
  found?: string;
  /** Why the part is damaged or unchecked. */
  message?: string;
};

/** Which bytes a part has. */
export type Place = Pick<VerifiedPart, "part" | "name" | "byteOffset" | "byteLength">;

export function place(part: PartKind, byteOffset: number, byteLength: number): Place {
  return { part, byteOffset, byteLength };
}

export function intact(where: Place): VerifiedPart {
  return { ...where, status: "intact" };
}

export function unchecked(where: Place, message: string): VerifiedPart {
  return { ...where, status: "unchecked", message };
}

export function damaged(where: Place, message: string): VerifiedPart {
  return { ...where, status: "damaged", message };
}

export function compare(where: Place, found: string, expected: string): VerifiedPart {
  if (found === expected) return intact(where);
  return { ...damaged(where, "The bytes are not those that were written"), expected, found };
}
