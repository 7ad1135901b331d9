// What a model is called, whatever its file says.
import { expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { titleOf } from "../../../src/cli/runtime/title.ts";
import { EncoderfileManifestSchema, Task } from "../../../src/gen/manifest_pb.ts";

test.each([
  ["minilm", "1.0.0", Task.SENTENCE_EMBEDDING, "minilm 1.0.0 (sentence_embedding)"],
  ["minilm", "", undefined, "minilm"],
  ["x\u001b[2J\u009bm", "\u202ey", undefined, "x\\u001b[2J\\u009bm \\u202ey"],
])("titleOf() shows the name %j of version %j", (name, version, task, expected) => {
  const model = task === undefined ? {} : { model: { task } };
  expect(titleOf(create(EncoderfileManifestSchema, { name, version, ...model }))).toBe(expected);
});
