// README.md of an archive: what lies in this folder and how to begin.
import { printRequirements, type Target } from "../../src/target/index.ts";
import { isPartial, listTargets, QUARANTINE } from "./release-notes.ts";

/** `targets` are those of the release: the builder knows the bases of no others. */
export function printArchiveReadme(
  version: string,
  target: Target,
  targets: readonly Target[],
): string {
  const program = `encoderfile${target.executableSuffix}`;
  const others = targets.filter(({ name }) => name !== target.name);
  const sample = others.find(({ name }) => name === "darwin-arm64") ?? others[0];
  return `# encoderfile ${version} for ${target.name}

\`${program}\` is the whole program. It needs ${printRequirements(target)}, and no installation:

\`\`\`sh
${commands(program, sample)}
\`\`\`

${otherSystems(others, targets)}

${target.os === "darwin" ? `${QUARANTINE}\n\n` : ""}| file | is |
|---|---|
| \`${program}\` | the builder, and with a model inside the server of that model |
| \`LICENSE\` | the licence of encoderfile |
| \`THIRD-PARTY-NOTICES.txt\` | the licences of what it contains |
| \`sbom.cdx.json\` | what it contains, as CycloneDX |
`;
}

/** Commands of a shell, with what they do in a column behind them. */
function commands(program: string, other: Target | undefined): string {
  const lines: readonly (readonly [command: string, does: string])[] = [
    [`./${program} build ./model-directory -o model.encoderfile`, "one executable of a model"],
    ["./model.encoderfile --port 8080", "serve it"],
    ...(other === undefined
      ? []
      : [
          [
            `./${program} build ./model-directory --target ${other.name}`,
            "for another system",
          ] as const,
        ]),
    [`./${program} --help`, "everything else"],
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, does]) => `${command.padEnd(width)}  # ${does}`).join("\n");
}

function otherSystems(others: readonly Target[], targets: readonly Target[]): string {
  if (others.length === 0) {
    return "It was released for this system alone: for others it builds with `--base FILE` only.";
  }
  const only = isPartial(targets) ? " It knows no other bases." : "";
  const names = listTargets(others);
  return `Of other systems it builds for ${names}: it fetches their bases and knows their digests.${only}`;
}
