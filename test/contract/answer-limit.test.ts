// Items of answers: what is known of them before the model runs, and what is counted while they are made.
import { describe, expect, test } from "bun:test";
import { AnswerBudget, exchangeFor, type OperationId } from "../../src/contract/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { encodingOf, taggedAnswer } from "../task/answer.ts";
import { contextOf, MODELS, OPERATIONS, prepare } from "./context.ts";

const COUNT = { inputs: 3, tokens: 10, longest: 5 };

describe("Prepared.countItems()", () => {
  test.each<[OperationId, keyof typeof MODELS, number]>([
    ["embed_all", "sentence", 20],
    ["predict", "embedding", 110],
    ["predict", "token", 170],
  ])("%s of %s counts what it answers for each token", (id, model, items) => {
    expect(prepare(id, { inputs: ["a"] }, model).countItems?.(COUNT)).toBe(items);
  });

  test("is that of the operation for instances, and absent where tokens do not matter", () => {
    const instances = [{ inputs: "a" }, { inputs: "b" }];
    expect(prepare("vertex", { instances }, "embedding").countItems?.(COUNT)).toBe(20);
    expect(prepare("embed", { inputs: "a" }, "sentence").countItems).toBeUndefined();
  });

  test("infer counts its tensors of tokens with their padding", () => {
    const inputs = [{ name: "text", shape: [1], datatype: "BYTES", data: ["a"] }];
    // Vectors of two numbers, ids, two masks, and places of two.
    expect(prepare("infer", { inputs }, "embedding").countItems?.(COUNT)).toBe(15 * 7);
  });
});

describe("redact", () => {
  const exchange = exchangeFor(OPERATIONS, "redact", { model: MODELS.token });
  const body = { inputs: "Ann cd", parameters: { replacement: "x".repeat(158) } };
  const answer = taggedAnswer({ text: "Ann cd" }, [{ id: 3, span: [0, 3], row: [0, 9, 0] }]);
  const respond = (answerItemsMax: number, onAnswerItems?: (items: number) => void) => {
    const context = {
      ...contextOf("token"),
      answerItemsMax,
      ...(onAnswerItems && { onAnswerItems }),
    };
    return exchange.prepare(body, context).respond([answer]);
  };

  // An entity, and of text: 6, twice the template in its quotes, and the 3 that were replaced; 16 make an item.
  const ITEMS = 16 + Math.ceil((6 + 2 * 160 + 3) / 16);

  test("redact counts what replacements grow to before it writes them, at the bound and beyond", () => {
    expect(respond(ITEMS)).toMatchObject({ text: `${"x".repeat(158)} cd` });
    const error = thrownBy(() => respond(ITEMS - 1));
    expect([error.code, error.detail["fits"]]).toEqual(["REQUEST_ANSWER_TOO_LARGE", 0]);
  });

  test("redact tells of what it will write before it does", () => {
    const told: number[] = [];
    respond(ITEMS, (items) => told.push(items));
    expect(told).toEqual([ITEMS]);
  });
});

describe("AnswerBudget", () => {
  test("AnswerBudget tells of what is put in, and of nothing that does not fit", () => {
    const told: number[] = [];
    const budget = new AnswerBudget(10, (items) => told.push(items));
    budget.takeItems(4);
    budget.takeItems(6);
    expect(() => budget.takeItems(1)).toThrow();
    expect(told).toEqual([4, 6]);
    const full = new AnswerBudget(10, () => {
      throw new Error("no room");
    });
    expect(() => full.takeItems(1)).toThrow("no room");
  });

  test("AnswerBudget.take() says how many inputs fit", () => {
    const budget = new AnswerBudget(10);
    expect(budget.take([1, 2], 4)).toEqual([1, 2]);
    const error = thrownBy(() => budget.take([1], 4));
    expect(error.code).toBe("REQUEST_ANSWER_TOO_LARGE");
    expect(error.detail).toEqual({ maximum: 10, fits: 1 });
  });

  test.each<[OperationId]>([["embed_sparse"], ["predict"]])(
    "%s counts the weights of sparse vectors",
    (id) => {
      const exchange = exchangeFor(OPERATIONS, id, { model: MODELS.sparse });
      const respond = (answerItemsMax: number) => {
        const context = { ...contextOf("sparse"), answerItemsMax };
        const answer = {
          input: { text: "a" },
          encoding: encodingOf([{ id: 1 }]),
          reduced: { data: Float32Array.of(1, 0, 1, 1, 0), rows: 1, columns: 5 },
        };
        return exchange.prepare({ inputs: ["a", "b"] }, context).respond([answer, answer]);
      };
      expect(respond(36)).toBeDefined();
      expect(thrownBy(() => respond(20)).detail["fits"]).toBe(1);
    },
  );
});
