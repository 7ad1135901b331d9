// Door of the module `io`.
export { hasFolder, writeFolderAtomically } from "./atomic-folder.ts";
export {
  type AtomicWriteOptions,
  writeFileAtomically,
  writeFileAtomicallyAsync,
} from "./atomic-write.ts";
export { type ByteSource, CHUNK_LENGTH, chunksOf, forEachChunk } from "./byte-source.ts";
export {
  createSha256,
  equalBytes,
  SHA256_BYTE_LENGTH,
  type Sha256,
  sha256,
  sha256Into,
  sha256Source,
  toHex,
} from "./digest.ts";
export type { FileSink } from "./file-sink.ts";
export { FileSource } from "./file-source.ts";
export {
  type FileFacts,
  type FolderLimits,
  fileFacts,
  freeByteLength,
  isReadableByOthers,
  listFiles,
  listFolders,
  readFileBytes,
  readTextFile,
  realPath,
} from "./file-system.ts";
export { joinSources } from "./joined-source.ts";
export { MemorySource } from "./memory-source.ts";
export { moveFile, removeFile } from "./move-file.ts";
export { overlaySource, type Patch } from "./overlay-source.ts";
export { PartialFile, partialPath } from "./partial-file.ts";
export { createPrivateFolder, readEmbeddedFile, removePrivateFolder } from "./private-folder.ts";
export { sliceSource } from "./slice-source.ts";
export { hasStandardOutput } from "./standard-output.ts";
export { openStream, type StreamSink } from "./stream-sink.ts";
export { readLink, writeLink } from "./symbolic-link.ts";
export { errnoOf, systemError } from "./system-error.ts";
export { readVirtualFile } from "./virtual-file.ts";
