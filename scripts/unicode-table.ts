// Writes src/tokenizer/unicode-table.ts: what the reference tokenizer knows of characters, frozen.
// The reference was built on several versions of Unicode, none of them the running Bun's, so everything is
// measured by asking the reference about every code point.
import {
  bertNormalizer,
  bertPreTokenizer,
  type Normalizer,
  nfdNormalizer,
  nfkdNormalizer,
  type PreTokenizer,
  stripAccentsNormalizer,
  Tokenizer,
  whitespacePreTokenizer,
} from "tokenizers";

const TARGET = new URL("../src/tokenizer/unicode-table.ts", import.meta.url);
const LINE_WIDTH = 94;
const NO_STEPS = {
  cleanText: false,
  handleChineseChars: false,
  stripAccents: false,
  lowercase: false,
};

const ALL_CHARACTERS: readonly string[] = Array.from({ length: 0x110000 }, (_, codePoint) =>
  codePoint >= 0xd800 && codePoint <= 0xdfff ? "" : String.fromCodePoint(codePoint),
).filter((character) => character !== "");

function printRanges(characters: readonly string[]): string {
  const ranges: [number, number][] = [];
  for (const character of characters) {
    const codePoint = character.codePointAt(0) ?? 0;
    const last = ranges.at(-1);
    if (last?.[1] === codePoint - 1) last[1] = codePoint;
    else ranges.push([codePoint, codePoint]);
  }
  return ranges
    .map(([from, to]) =>
      from === to ? from.toString(16) : `${from.toString(16)}-${to.toString(16)}`,
    )
    .join(" ");
}

const dropped = (normalizer: Normalizer) => (character: string) =>
  normalizer.normalizeString(character) === "";

const isolated = (preTokenizer: PreTokenizer) => (character: string) =>
  preTokenizer.preTokenizeString(`a${character}b`).length === 3;

/** Whether a pattern of the reference's regular expressions matches a character. */
function matched(pattern: string): (character: string) => boolean {
  const normalizer = Tokenizer.fromString(
    JSON.stringify({
      version: "1.0",
      added_tokens: [],
      normalizer: { type: "Replace", pattern: { Regex: pattern }, content: "" },
      model: { type: "WordLevel", vocab: { u: 0 }, unk_token: "u" },
    }),
  ).getNormalizer();
  if (normalizer === null) throw new Error("The reference lost its normalizer");
  return dropped(normalizer);
}

const canonical = nfdNormalizer();
const compatible = nfkdNormalizer();
const wordPattern = whitespacePreTokenizer();
const isUnassigned = matched("\\p{Cn}");

const TABLES: readonly (readonly [string, string, (character: string) => boolean])[] = [
  [
    "BERT_CONTROL",
    "Dropped by the clean_text step.",
    dropped(bertNormalizer({ ...NO_STEPS, cleanText: true })),
  ],
  [
    "BERT_MARK",
    "Dropped by the strip_accents step, after decomposition.",
    dropped(bertNormalizer({ ...NO_STEPS, stripAccents: true })),
  ],
  ["ACCENT_MARK", "Dropped by StripAccents.", dropped(stripAccentsNormalizer())],
  ["PUNCTUATION", "Words of their own to BertPreTokenizer.", isolated(bertPreTokenizer())],
  [
    "WORD",
    "Word characters: of the pre-tokenizer Whitespace and of added tokens that match single words.",
    (character) => wordPattern.preTokenizeString(`a${character}b`).length === 1,
  ],
  ["LETTER", "The letters of patterns.", matched("\\p{L}")],
  ["NUMBER", "The numbers of patterns.", matched("\\p{N}")],
  [
    "NEWER_THAN_PATTERNS",
    "Characters today's Unicode has and that of patterns has not.",
    (character) => !/^\p{Cn}$/u.test(character) && isUnassigned(character),
  ],
  [
    "NOT_DECOMPOSED",
    "Characters that decompose canonically in today's Unicode but not in the reference's.",
    (character) => canonical.normalizeString(character) !== character.normalize("NFD"),
  ],
  [
    "NOT_DECOMPOSED_COMPATIBLY",
    "Characters that decompose compatibly in today's Unicode but not in the reference's.",
    (character) => compatible.normalizeString(character) !== character.normalize("NFKD"),
  ],
];

function wrap(text: string): string {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length + 1 > LINE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/** Whether the reference moves the second of two marks before the first: it has a lower combining class. */
function swaps(first: string, second: string): boolean {
  return canonical.normalizeString(`a${first}${second}`) === `a${second}${first}`;
}

/** Combining characters in groups of one combining class, the lowest class first. */
function combiningGroups(): string[][] {
  const [lowest, highest] = ["\u0334", "\u0345"];
  const groups: string[][] = [[lowest], [highest]];
  for (const mark of ALL_CHARACTERS) {
    if (canonical.normalizeString(mark) !== mark || mark === lowest || mark === highest) continue;
    if (!swaps(highest, mark) && !swaps(mark, lowest)) continue;
    const place = groups.findIndex(([known = ""]) => !swaps(mark, known));
    const known = groups[place]?.[0] ?? "";
    if (swaps(known, mark)) groups.splice(place, 0, [mark]);
    else groups[place]?.push(mark);
  }
  return groups.map((group) => group.sort((a, b) => (a < b ? -1 : 1)));
}

const header = `// What the reference tokenizer knows of characters: ranges of code points in hexadecimal.
// Generated by scripts/unicode-table.ts; do not edit.
`;
const tables = TABLES.map(([name, comment, holds]) => {
  const ranges = printRanges(ALL_CHARACTERS.filter(holds));
  return `/** ${comment} */\nexport const ${name} = \`\n${wrap(ranges)}\n\`;\n`;
});
const groups = combiningGroups().map(printRanges);
tables.push(
  `/** Combining characters: one group per combining class, the lowest first, split by bars. */
export const COMBINING = \`\n${wrap(groups.join(" | "))}\n\`;\n`,
);
await Bun.write(TARGET, [header, ...tables].join("\n"));
