// Entry of the thread that tokenises long texts, which would hold up everything else on the main one. It answers one
// text after another and keeps nothing but its tokenizer.
import { assert } from "../error/index.ts";
import { openFile } from "../format/index.ts";
import { FileSource } from "../io/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import { InputEncoder } from "./encode-input.ts";
import { modelOf, requiredAsset } from "./opened-model.ts";
import type { EncodeMessage, FromTokenizer, ToTokenizer } from "./tokenizer-message.ts";
import { failureOf } from "./worker-message.ts";

declare const self: Worker;

let path: string | undefined;
let encoder: InputEncoder | undefined;

self.onmessage = ({ data }: MessageEvent<ToTokenizer>) => {
  if (data.kind === "open") path = data.path;
  else self.postMessage(answer(data));
};

function answer({ input, index, options }: EncodeMessage): FromTokenizer {
  try {
    encoder ??= load();
    const startedMs = performance.now();
    const encoded = encoder.encode(input, index, options);
    return { kind: "encoded", encoded, tokenizeMs: performance.now() - startedMs };
  } catch (thrown) {
    return { kind: "refused", failure: failureOf(thrown) };
  }
}

function load(): InputEncoder {
  assert(path !== undefined, "the file is told first");
  using source = new FileSource(path);
  const opened = openFile(source);
  const file = requiredAsset(opened, "tokenizer");
  return new InputEncoder(loadTokenizer(file.read(0, file.byteLength)), modelOf(opened));
}
