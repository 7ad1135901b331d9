// README.md of an archive: what lies in this folder and how to begin.
import { printRequirements, type Target } from "../../src/target/index.ts";
import { QUARANTINE } from "./release-notes.ts";

export function printArchiveReadme(version: string, target: Target): string {
  const program = `encoderfile${target.executableSuffix}`;
  return `# encoderfile ${version} for ${target.name}

\`${program}\` is the whole program. It needs ${printRequirements(target)}, and no installation:

\`\`\`sh
./${program} build ./model-directory -o model.encoderfile    # one executable of a model
./model.encoderfile --port 8080                          # serve it
./${program} build ./model-directory --target darwin-arm64   # for another system
./${program} --help
\`\`\`

${target.os === "darwin" ? `${QUARANTINE}\n\n` : ""}| file | is |
|---|---|
| \`${program}\` | the builder, and with a model inside the server of that model |
| \`LICENSE\` | the licence of encoderfile |
| \`THIRD-PARTY-NOTICES.txt\` | the licences of what it contains |
| \`sbom.cdx.json\` | what it contains, as CycloneDX |
`;
}
