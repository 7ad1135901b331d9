// Entry of the thread that tokenises long texts, which would hold up everything else on the main one. It answers one
// text after another and keeps nothing but its tokenizer.
import { assert } from "../error/index.ts";
import { openFile } from "../format/index.ts";
import { FileSource } from "../io/index.ts";
import { loadTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import { type EncodedInput, InputEncoder } from "./encode-input.ts";
import { modelOf, requiredAsset } from "./opened-model.ts";
import type { FromTokenizer, OpenMessage, ToTokenizer } from "./tokenizer-message.ts";
import { failureOf } from "./worker-message.ts";

declare const self: Worker;

let path: string | undefined;
let loaded: Loaded | undefined;

type Loaded = { readonly tokenizer: Tokenizer; readonly encoder: InputEncoder };

self.onmessage = ({ data }: MessageEvent<ToTokenizer>) => {
  if (data.kind === "open") path = data.path;
  else self.postMessage(answer(data));
};

type Question = Exclude<ToTokenizer, OpenMessage>;

function answer(question: Question): FromTokenizer {
  try {
    loaded ??= load();
    const startedMs = performance.now();
    const encoded = encode(question, loaded);
    return { kind: "encoded", encoded, tokenizeMs: performance.now() - startedMs };
  } catch (thrown) {
    return { kind: "refused", failure: failureOf(thrown) };
  }
}

function encode(question: Question, { tokenizer, encoder }: Loaded): EncodedInput {
  if (question.kind === "encode") {
    return encoder.encode(question.input, question.index, question.options);
  }
  const { text, addSpecialTokens } = question;
  return { encoding: tokenizer.encode(text, { addSpecialTokens }), sequences: [] };
}

function load(): Loaded {
  assert(path !== undefined, "the file is told first");
  using source = new FileSource(path);
  const opened = openFile(source);
  const file = requiredAsset(opened, "tokenizer");
  const tokenizer = loadTokenizer(file.read(0, file.byteLength));
  return { tokenizer, encoder: new InputEncoder(tokenizer, modelOf(opened)) };
}
