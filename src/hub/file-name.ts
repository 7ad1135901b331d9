// Names of files in a repository. Whoever made it chose them: only those that stay below a folder are names.

/** Of a path, in characters. Git allows more; nothing a build reads has them. */
const LENGTH_MAX = 500;
/** File systems take 255 bytes for each part. */
const PART_BYTES_MAX = 255;

/** Whether the path, with forward slashes, leads to a place below the folder it is joined to, and to no special one. */
export function isSafeName(name: string): boolean {
  return name.length <= LENGTH_MAX && name.split("/").every(isSafePart);
}

function isSafePart(part: string): boolean {
  return (
    part !== "" &&
    part !== "." &&
    part !== ".." &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
    !/[\u0000-\u001f\u007f\\]/.test(part) &&
    Buffer.byteLength(part) <= PART_BYTES_MAX
  );
}
