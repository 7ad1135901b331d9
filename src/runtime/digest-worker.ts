// Entry of the worker that reads every asset of the file once and compares it with its digest, while the model is being
// loaded beside it. It says so and ends.
import { CodedError } from "../error/index.ts";
import { assetSource, damagedAsset, openFile } from "../format/index.ts";
import { FileSource, sha256Source, toHex } from "../io/index.ts";
import type { DigestMessage, FromDigestWorker } from "./worker-message.ts";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<DigestMessage>) => {
  self.postMessage(verdict(data.path));
};

function verdict(path: string): FromDigestWorker {
  try {
    using source = new FileSource(path);
    const opened = openFile(source);
    for (const asset of opened.assets) {
      const found = toHex(sha256Source(assetSource(opened, asset)));
      if (found !== asset.sha256) throw damagedAsset(opened, asset, found);
    }
    return { kind: "intact" };
  } catch (thrown) {
    const { code, message, detail } = CodedError.from(thrown);
    return { kind: "failed", failure: { code, message, detail } };
  }
}
