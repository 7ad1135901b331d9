// Writes the model directory of a demo model: graph, tokenizer, config, model card, licence.
import { join } from "node:path";
import { publishDir, writeFiles } from "../fixture/model-dir.ts";
import { type OnnxModel, writeOnnxModel } from "../fixture/onnx-writer.ts";
import { printJson } from "../fixture/tokenizer-file.ts";
import type { DemoTokenizer } from "./demo-tokenizer.ts";

export type DemoModel = {
  /** Name of the directory. */
  readonly name: string;
  readonly graph: OnnxModel;
  readonly tokenizer: DemoTokenizer;
  /** config.json beyond what all demo models share. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly card: ModelCard;
  /** Further files by name. */
  readonly files?: Readonly<Record<string, string>>;
};

export type ModelCard = {
  readonly title: string;
  /** Task as model hubs name it. */
  readonly pipelineTag: string;
  readonly purpose: string;
  readonly method: string;
  readonly evaluation: string;
};

/** Longest input in tokens that tokenizer_config.json states; the graphs have no limit. */
export const DEMO_MAX_LENGTH = 512;

const LICENSE_NOTE = `Copyright the Encoderfile authors

Licensed under the Apache License, Version 2.0 (the "License"); you may not use these files except
in compliance with the License. You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License
is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or
implied. See the License for the specific language governing permissions and limitations under the
License.
`;

/** Writes the directory `outputDir/name`, replacing it as a whole, and returns its path. */
export async function writeDemoModel(outputDir: string, model: DemoModel): Promise<string> {
  const path = join(outputDir, model.name);
  const fill = async (folder: string) => {
    await writeOnnxModel(join(folder, "model.onnx"), model.graph);
    await writeFiles(folder, {
      ...model.tokenizer.files,
      "config.json": printJson({
        ...model.config,
        max_position_embeddings: DEMO_MAX_LENGTH,
        pad_token_id: 0,
        torch_dtype: "float32",
        vocab_size: model.tokenizer.tokens.length,
      }),
      "README.md": printCard(model.card),
      LICENSE: LICENSE_NOTE,
      ...model.files,
    });
  };
  await publishDir(path, fill, { keepExisting: false });
  return path;
}

const CARD_COLUMNS = 100;

/** Breaks paragraphs into lines. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > CARD_COLUMNS) {
        lines.push(line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    lines.push(line, "");
  }
  return lines.slice(0, -1).join("\n");
}

function printCard(card: ModelCard): string {
  return `---
license: apache-2.0
language: en
pipeline_tag: ${card.pipelineTag}
---

# ${card.title}

${wrap(card.purpose)}

## How it was made

${wrap(card.method)}

No outside data, model or download is involved: the training text is part of the Encoderfile
repository, and \`bun run demo-model\` gives the same bytes again.

## How good it is

${wrap(card.evaluation)}

## Limits

This is a demonstration model of less than a megabyte. It knows a few thousand English words, splits
all others into pieces that mean little to it, and must not be used for decisions about people.

## Licence

Apache-2.0, see LICENSE.
`;
}
