// How much one answer may hold, and the error for more. What is answered for every token, or for every piece of a
// vocabulary, grows far beyond the request it answers.
import { CodedError } from "../error/index.ts";

/**
 * Numbers, texts and names of one answer: some 30 MB of JSON, which takes about half a second to make, on the thread
 * that answers everybody. It is every token of four texts of 512 tokens, with 1,024 numbers each.
 */
export const ANSWER_ITEMS_MAX = 2 ** 21;

/** Characters of text that count as an item where an answer is mostly text: 32 million make the largest answer. */
const CHARACTERS_PER_ITEM = 16;

/** What text of so many characters counts in an answer. */
export function textItems(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_ITEM);
}

/** What is known of a request once its first `inputs` inputs are tokens. */
export type TokenCount = {
  readonly inputs: number;
  /** Of all of them, special tokens included. */
  readonly tokens: number;
  /** Of the longest. */
  readonly longest: number;
};

/**
 * Numbers that are held of one request until its answer is made: 128 MiB. It is three million tokens, of 16 MiB
 * of text, with ten labels each.
 */
export const HELD_NUMBERS_MAX = 2 ** 25;

type Excess = {
  /** Inputs that do fit. */
  readonly fits: number;
  /** Whether that was told from others than the first. */
  readonly isEstimate?: boolean;
  readonly maximum: number;
  /** What to ask instead. */
  readonly advice?: string | undefined;
};

/** The error for an answer of more than `maximum` items. */
export function answerTooLarge({ fits, maximum, advice, isEstimate }: Excess): CodedError {
  const some =
    isEstimate === true ? `about ${fits} such inputs` : `the first ${fits} of its inputs`;
  const remedy =
    fits === 0
      ? "not even the first input fits: send a shorter one"
      : `${some} fit: send fewer at once`;
  const instead = advice === undefined ? "" : `, or ${advice}`;
  return new CodedError(
    "REQUEST_ANSWER_TOO_LARGE",
    `Cannot answer in one piece as an answer may hold ${maximum} numbers and texts: ${remedy}${instead}`,
    { detail: { maximum, fits } },
  );
}

/** Counts what is put into an answer, input by input. */
export class AnswerBudget {
  readonly #maximum: number;
  readonly #onItems: (items: number) => void;
  #inputs = 0;
  #items = 0;

  /** Without a maximum everything fits. `onItems` is told of what is put in next; what it throws ends the answer. */
  constructor(
    maximum: number = Number.POSITIVE_INFINITY,
    onItems: (items: number) => void = () => {},
  ) {
    this.#maximum = maximum;
    this.#onItems = onItems;
  }

  /** The part of the next input. Throws `REQUEST_ANSWER_TOO_LARGE`. */
  take<Part extends { readonly length: number }>(part: Part, itemsEach: number): Part {
    this.takeItems(part.length * itemsEach);
    return part;
  }

  /** So many items for the next input. Throws `REQUEST_ANSWER_TOO_LARGE`. */
  takeItems(items: number): void {
    this.#items += items;
    if (this.#items > this.#maximum) {
      throw answerTooLarge({ fits: this.#inputs, maximum: this.#maximum });
    }
    this.#onItems(items);
    this.#inputs += 1;
  }
}
