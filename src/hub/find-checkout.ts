// Which of the layouts that say where files came from a folder has.
import { dirname, relative } from "node:path";
import { realPath } from "../io/index.ts";
import { type Checkout, findSnapshot, localDownload, snapshotCheckout } from "./checkout.ts";
import { findGitCheckout } from "./git-checkout.ts";

/** The folder of a model may lie this deep in a repository. */
const DEPTH_MAX = 4;
/** What `folder` is a checkout of; undefined when nothing there says so. */
export function findCheckout(folder: string): Checkout | undefined {
  const start = realPath(folder);
  const snapshot = findSnapshot(start);
  if (snapshot !== undefined) return snapshotCheckout(start, snapshot);
  let root = start;
  for (let depth = 0; depth <= DEPTH_MAX; depth++) {
    const found = localDownload(root) ?? findGitCheckout(root);
    if (found !== undefined) return below(found, relative(root, start));
    root = dirname(root);
  }
  return undefined;
}

function below(checkout: Checkout, prefix: string): Checkout {
  if (prefix === "") return checkout;
  return { ...checkout, commitOf: (name) => checkout.commitOf(`${prefix}/${name}`) };
}
