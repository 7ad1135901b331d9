// The name of one input file: what messages call it and where it lies.

/** `name` is relative to the model directory, with forward slashes; `path` is absolute. */
export type ModelFile = { readonly name: string; readonly path: string };
