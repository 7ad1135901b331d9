// What one answer will hold in memory until it is handed over, told from its tokens before the model works for it, and
// reserved. How much all answers may hold is the outbox's to say.
import {
  ANSWER_ITEMS_MAX,
  answerTooLarge,
  HELD_NUMBERS_MAX,
  type TokenCount,
} from "../../contract/index.ts";
import type { Model } from "../../gen/manifest_pb.ts";
import type { RunOptions } from "../../runtime/index.ts";
import { taskOfModel, type View } from "../../task/index.ts";
import {
  ITEM_BYTES,
  NUMBER_BYTES,
  SPARSE_WEIGHT_ITEMS,
  SPARSE_WEIGHTS_EXPECTED,
  TOKEN_BYTES,
} from "./limit.ts";
import type { Reservation } from "./outbox.ts";

type Expected = {
  /** Items of the answer where tokens decide how many. */
  readonly items: number | undefined;
  readonly view: View | undefined;
};

/** The room of one request. Every method throws `SERVER_BUSY` when there is no more of it. */
export class AnswerRoom {
  readonly #model: Model;
  readonly #reservation: Reservation | undefined;
  #tokens = 0;
  #numbers = 0;
  #itemsExpected = 0;
  #itemsMade = 0;

  /** Without a reservation nothing is bounded. */
  constructor(model: Model, reservation: Reservation | undefined) {
    this.#model = model;
    this.#reservation = reservation;
  }

  /** For the answer about so many tokens. */
  expect({ inputs, tokens }: TokenCount, { items = 0, view = "default" }: Expected): void {
    const { width } = this.#model;
    const { id } = taskOfModel(this.#model);
    const isPerToken = view === "tokens" || id === "embedding" || id === "token_classification";
    const isSparse = id === "sparse_embedding" && !isPerToken;
    const row = isSparse ? 2 * Math.min(width, SPARSE_WEIGHTS_EXPECTED) : width;
    const rowItems = isSparse ? (row / 2) * SPARSE_WEIGHT_ITEMS : row;
    this.#tokens = tokens;
    this.#numbers = Math.min((isPerToken ? tokens : inputs) * row, HELD_NUMBERS_MAX);
    this.#itemsExpected = Math.max(
      items,
      isPerToken ? 0 : Math.min(inputs * rowItems, ANSWER_ITEMS_MAX),
    );
    this.#hold();
  }

  /** For numbers the model has given. Throws `REQUEST_ANSWER_TOO_LARGE` for more than is held of a request. */
  readonly checkNumbers: NonNullable<RunOptions["checkNumbers"]> = ({ inputs, numbers }) => {
    if (numbers > HELD_NUMBERS_MAX) {
      const fits = Math.floor((inputs * HELD_NUMBERS_MAX) / numbers);
      throw answerTooLarge({ fits, isEstimate: true, maximum: HELD_NUMBERS_MAX });
    }
    this.#numbers = Math.max(this.#numbers, numbers);
    this.#hold();
  };

  /** For so many more items of the answer that is being made. */
  addItems(items: number): void {
    this.#itemsMade += items;
    this.#hold();
  }

  #hold(): void {
    const items = Math.max(this.#itemsExpected, this.#itemsMade);
    this.#reservation?.hold(
      this.#tokens * TOKEN_BYTES + this.#numbers * NUMBER_BYTES + items * ITEM_BYTES,
    );
  }
}
