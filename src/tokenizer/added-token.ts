// Added tokens: texts that are found in the input as a whole, before the model sees it.
import { type AlignedText, type Normalizer, sliceAligned } from "./aligned-text.ts";
import { isWhitespaceUnit, isWordAfter, isWordBefore } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { TokenModel } from "./model.ts";

export type AddedToken = {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Matches only where no word goes on before or after it. */
  readonly singleWord: boolean;
  /** Takes the white space before it along. */
  readonly stripLeft: boolean;
  /** Takes the white space after it along. */
  readonly stripRight: boolean;
  /** Is searched in the normalised text, in its own normalised form. */
  readonly normalized: boolean;
};

/** Receives a stretch of the input in order: an added token with its id, or text between. */
export type SegmentSink = (segment: AlignedText, id: number | undefined) => void;

type TrieNode = { token: AddedToken | undefined; next: Map<number, TrieNode> | undefined };

/** Finds the longest added token at the leftmost place, then goes on behind it. */
export class AddedTokenMatcher {
  readonly #root: TrieNode = { token: undefined, next: undefined };

  constructor(tokens: readonly (readonly [string, AddedToken])[]) {
    for (const [pattern, token] of tokens) this.#insert(pattern, token);
  }

  #insert(pattern: string, token: AddedToken): void {
    let node = this.#root;
    for (let index = 0; index < pattern.length; index++) {
      const unit = pattern.charCodeAt(index);
      node.next ??= new Map();
      let child = node.next.get(unit);
      if (child === undefined) {
        child = { token: undefined, next: undefined };
        node.next.set(unit, child);
      }
      node = child;
    }
    // Of two tokens with the same pattern the reference finds the first.
    node.token ??= token;
  }

  #longestAt(text: string, start: number): { token: AddedToken; end: number } | undefined {
    let node: TrieNode | undefined = this.#root.next?.get(text.charCodeAt(start));
    let found: { token: AddedToken; end: number } | undefined;
    for (let end = start + 1; node !== undefined; end++) {
      if (node.token !== undefined) found = { token: node.token, end };
      node = end < text.length ? node.next?.get(text.charCodeAt(end)) : undefined;
    }
    return found;
  }

  /** Cuts a text into added tokens and what lies between; nothing empty is given to the sink. */
  cut(input: AlignedText, sink: SegmentSink): void {
    const { text } = input;
    const roots = this.#root.next;
    let done = 0;
    const give = (from: number, to: number, id: number | undefined): void => {
      if (from < to)
        sink(from === 0 && to === text.length ? input : sliceAligned(input, from, to), id);
    };
    for (let index = 0; roots !== undefined && index < text.length; ) {
      const match = roots.has(text.charCodeAt(index)) ? this.#longestAt(text, index) : undefined;
      if (match === undefined) {
        index++;
        continue;
      }
      const { token, end } = match;
      if (!token.singleWord || (!isWordBefore(text, index) && !isWordAfter(text, end))) {
        let start = index;
        let stop = end;
        if (token.stripLeft) while (start > done && isWhitespaceUnit(text, start - 1)) start--;
        if (token.stripRight) while (stop < text.length && isWhitespaceUnit(text, stop)) stop++;
        give(done, start, undefined);
        give(start, stop, token.id);
        done = stop;
      }
      index = end;
    }
    give(done, text.length, undefined);
  }
}

/** The added tokens of a tokenizer, with what it takes to find them. */
export type AddedVocabulary = {
  readonly tokens: readonly AddedToken[];
  readonly raw: AddedTokenMatcher;
  readonly normalized: AddedTokenMatcher;
};

/**
 * Gives every token the id the reference gives it: that of the model's vocabulary, else the next free one.
 * The id in the file is not read, as the reference does not either.
 */
function assignIds(list: JsonCursor, model: TokenModel): AddedToken[] {
  const byContent = new Map<string, AddedToken>();
  const vocabularySize = model.size;
  let nextId = vocabularySize;
  for (const item of list.items()) {
    const content = item.field("content").string();
    if (content === "" || byContent.has(content)) continue;
    const special = item.field("special").boolean(false);
    const modelId = model.idOf(content);
    const id = modelId ?? nextId;
    if (modelId === undefined || modelId >= vocabularySize) nextId = Math.max(nextId, id + 1);
    byContent.set(content, {
      id,
      content,
      special,
      singleWord: item.field("single_word").boolean(false),
      stripLeft: item.field("lstrip").boolean(false),
      stripRight: item.field("rstrip").boolean(false),
      normalized: item.field("normalized").boolean(!special),
    });
  }
  return [...byContent.values()];
}

export function readAddedTokens(
  list: JsonCursor,
  model: TokenModel,
  normalize: Normalizer | undefined,
): AddedVocabulary {
  const tokens = list.present ? assignIds(list, model) : [];
  const raw: [string, AddedToken][] = [];
  const normalized: [string, AddedToken][] = [];
  for (const token of tokens) {
    if (!token.normalized) {
      raw.push([token.content, token]);
      continue;
    }
    const { content } = token;
    const pattern = normalize?.({ text: content, at: 0, map: undefined }).text ?? content;
    if (pattern === "") {
      throw list.unsupported("added token", `"${content}", which normalises to nothing`);
    }
    normalized.push([pattern, token]);
  }
  return { tokens, raw: new AddedTokenMatcher(raw), normalized: new AddedTokenMatcher(normalized) };
}
