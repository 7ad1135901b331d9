// The parts of the playground's page, made from src/server/page when the program runs from source. The build of a
// base replaces this file by one that holds them.

/** What the page is put together from. */
export type PageAsset = { readonly html: string; readonly style: string; readonly script: string };

const FOLDER = `${import.meta.dir}/../page`;

export async function pageAsset(): Promise<PageAsset> {
  const built = await Bun.build({
    entrypoints: [`${FOLDER}/main.ts`],
    target: "browser",
    format: "iife",
    minify: true,
  });
  const [script] = built.outputs;
  return {
    html: await Bun.file(`${FOLDER}/playground.html`).text(),
    style: await Bun.file(`${FOLDER}/playground.css`).text(),
    script: (await script?.text()) ?? "",
  };
}
