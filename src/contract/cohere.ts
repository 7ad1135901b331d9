// Ranking as Cohere, Jina and those who follow them ask for it: `documents` where TEI has `texts`.
// The answer of version 1 is both of theirs at once; what tells their requests apart is said at
// `isCohereRequest`.
import { z } from "zod";
import { type Answer, rankDocuments } from "../task/index.ts";
import { defineExchange, type Exchange, type ExchangeContext, type RunPlan } from "./exchange.ts";
import {
  bounded,
  boundedText,
  countTokens,
  runOptions,
  textField,
  truncationOptions,
  wellFormed,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { nearName } from "./near-name.ts";
import { requestFault } from "./parse-request.ts";
import { requestBody } from "./request-body.ts";

/** The field of a document that is ranked when a request names none. */
const TEXT_FIELD = "text";

/** Fields a request may rank by. */
const RANK_FIELDS_MAX = 64;

/** Documents of one billed unit, as Cohere counts. */
const DOCUMENTS_PER_SEARCH_UNIT = 100;

/** Tokens of a document that count, unless the request says, in version 2. */
const TOKENS_PER_DOCUMENT_V2 = 4096;

/** What is ranked: documents for Cohere and Jina, texts for TEI. */
const RANKED_FIELDS: readonly string[] = ["documents", "texts"];

/** How models of Cohere are called. */
const COHERE_MODEL = /^rerank-/;

const documentSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

const resultSchema = z.object({ index: z.int(), relevance_score: z.number() });

const metaSchema = z.object({
  api_version: z.object({ version: z.enum(["1", "2"]) }),
  billed_units: z.object({ search_units: z.int() }),
  warnings: z.array(z.string()).optional(),
});

const usageSchema = z.object({ prompt_tokens: z.int(), total_tokens: z.int() });

const tokensPerDocumentField = z.int().min(1).nullish();

/** Scores are probabilities in these dialects; infinity's clients may ask for others. */
const rawScoresField = z
  .boolean()
  .refine((raw) => !raw, 'false (a "relevance_score" is from 0 to 1; ask with "texts" for others)')
  .nullish();

function documentText(limits: Limits) {
  // A document may be empty: callers rank whatever their search found.
  return wellFormed(boundedText(limits.charactersPerInput));
}

function commonOptions() {
  return {
    // Any name will do: a file holds one model.
    model: z.string().nullish(),
    top_n: z.int().min(1).nullish(),
    max_tokens_per_doc: tokensPerDocumentField,
    raw_scores: rawScoresField,
    ...truncationOptions,
  } as const;
}

type Pairs = {
  readonly query: string;
  readonly texts: readonly string[];
  readonly tokensPerDocument: number | null | undefined;
};

function planPairs(
  { query, texts, tokensPerDocument }: Pairs,
  options: RunPlan["options"],
): RunPlan {
  const inputs = texts.map((pair) => ({ text: query, pair }));
  return {
    inputs,
    options: {
      ...options,
      ...(tokensPerDocument == null ? {} : { pairTokensMax: tokensPerDocument }),
    },
  };
}

function rank(answers: readonly Answer[], topN: number | null | undefined) {
  return rankDocuments(answers).slice(0, topN ?? answers.length);
}

function metaOf(answers: readonly Answer[], version: "1" | "2"): z.infer<typeof metaSchema> {
  const cut = answers.filter(({ encoding }) => encoding.truncated).length;
  const subject = cut === 1 ? "document was" : "documents were";
  return {
    api_version: { version },
    billed_units: { search_units: Math.ceil(answers.length / DOCUMENTS_PER_SEARCH_UNIT) },
    ...(cut === 0 ? {} : { warnings: [`${cut} ${subject} truncated to fit the model`] }),
  };
}

/** Cohere's version 2: documents are strings, and are not given back. */
export function rerankCohere(limits: Limits): Exchange {
  const max = limits.textsPerRerank;
  return defineExchange({
    request: requestBody({
      fields: {
        query: textField(limits),
        documents: bounded(max, z.array(documentText(limits)).min(1).max(max)),
      },
      options: commonOptions(),
      unknown: "ignored",
    }),
    response: z.object({ id: z.string(), results: z.array(resultSchema), meta: metaSchema }),
    plan: (request) => {
      const tokensPerDocument = request.max_tokens_per_doc ?? TOKENS_PER_DOCUMENT_V2;
      const { query, documents } = request;
      return planPairs({ query, texts: documents, tokensPerDocument }, runOptions(request));
    },
    respond: (answers, { top_n }, { requestId }) => ({
      id: requestId,
      results: rank(answers, top_n).map(({ index, score }) => ({ index, relevance_score: score })),
      meta: metaOf(answers, "2"),
    }),
  });
}

type Document = string | z.infer<typeof documentSchema>;

type DocumentsRequest = {
  readonly documents: readonly Document[];
  readonly model?: string | null | undefined;
  readonly rank_fields?: readonly string[] | null | undefined;
  readonly max_chunks_per_doc?: number | null | undefined;
};

/**
 * Whether a request of version 1 is Cohere's and not Jina's. Only Cohere's have `rank_fields` and
 * `max_chunks_per_doc`, may lack a `model`, and name one that begins with "rerank-".
 */
function isCohereRequest({ model, rank_fields, max_chunks_per_doc }: DocumentsRequest): boolean {
  if (rank_fields != null || max_chunks_per_doc != null) return true;
  return model == null || COHERE_MODEL.test(model);
}

/** The text that is ranked of each document; of several fields one below the other. */
function textsOf(request: DocumentsRequest, limits: Limits): readonly string[] {
  const fields = request.rank_fields ?? [TEXT_FIELD];
  return request.documents.map((document, index) => {
    if (typeof document === "string") return document;
    const values = fields.flatMap((name) =>
      Object.hasOwn(document, name) ? [document[name] ?? ""] : [],
    );
    const path = `documents[${index}]`;
    if (values.length === 0) {
      const names = fields.map((name) => JSON.stringify(name.slice(0, 40))).join(" or ");
      throw requestFault({ path, value: document, expected: `an object with ${names}` });
    }
    const text = values.join("\n").toWellFormed();
    if (text.length <= limits.charactersPerInput) return text;
    const expected = `a document of at most ${limits.charactersPerInput} characters`;
    throw requestFault({ path, value: document, expected });
  });
}

/** What is given back of a document. */
function shownDocument(document: Document): z.infer<typeof documentSchema> {
  return typeof document === "string" ? { [TEXT_FIELD]: document } : document;
}

/**
 * Version 1 of Cohere, and Jina: documents may be objects, and are given back when asked for.
 * Unless a request says so, Jina gives them back and Cohere does not. No document is read in
 * chunks: what is too long is cut.
 */
export function rerankDocuments(limits: Limits): Exchange {
  const max = limits.textsPerRerank;
  const document = z.union([documentText(limits), documentSchema]);
  return defineExchange({
    request: requestBody({
      fields: {
        query: textField(limits),
        documents: bounded(max, z.array(document).min(1).max(max)),
      },
      options: {
        ...commonOptions(),
        return_documents: z.boolean().nullish(),
        rank_fields: bounded(
          RANK_FIELDS_MAX,
          z
            .array(z.string())
            .min(1)
            .max(RANK_FIELDS_MAX)
            // Else a small body is ranked as many times its size.
            .refine((names) => new Set(names).size === names.length, "an array of different names")
            .nullish(),
        ),
        max_chunks_per_doc: z.int().min(1).nullish(),
      },
      unknown: "ignored",
    }),
    response: z.object({
      id: z.string(),
      model: z.string(),
      object: z.literal("list"),
      results: z.array(resultSchema.extend({ document: documentSchema.optional() })),
      usage: usageSchema,
      meta: metaSchema,
    }),
    plan: (request) => {
      const texts = textsOf(request, limits);
      const tokensPerDocument = request.max_tokens_per_doc;
      return planPairs({ query: request.query, texts, tokensPerDocument }, runOptions(request));
    },
    respond: (answers, request, { requestId, modelId }: ExchangeContext) => {
      const isShown = request.return_documents ?? !isCohereRequest(request);
      const tokens = countTokens(answers);
      return {
        id: requestId,
        model: modelId,
        object: "list" as const,
        results: rank(answers, request.top_n).map(({ index, score }) => {
          const found = isShown ? request.documents[index] : undefined;
          const shown = found === undefined ? {} : { document: shownDocument(found) };
          return { index, relevance_score: score, ...shown };
        }),
        usage: { prompt_tokens: tokens, total_tokens: tokens },
        meta: metaOf(answers, "1"),
      };
    },
  });
}

/** Throws `REQUEST_INVALID` for an object that names neither or both: only its path tells which is meant, so both are named. */
export function requireRanked(body: unknown): void {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return;
  const names = Object.keys(body);
  // A client's way of leaving a field out may be null.
  const given = Object.entries(body).filter(([name, value]) => isRanked(name) && value !== null);
  if (given.length > 1) {
    const value = Object.fromEntries(given)["documents"];
    throw requestFault({ path: "documents", value, expected: 'nothing beside "texts"' });
  }
  const isMisspelt = names.some((name) => nearName(name, RANKED_FIELDS) !== undefined);
  // Misspelt names have a better message.
  if (isMisspelt || names.some(isRanked)) return;
  throw requestFault({ path: "documents", value: undefined, expected: 'an array (or "texts")' });
}

function isRanked(name: string): boolean {
  return RANKED_FIELDS.includes(name);
}

/** Whether a body, which may be anything, asks for documents and not for TEI's texts. */
export function hasDocuments(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return Object.hasOwn(body, "documents") && !Object.hasOwn(body, "texts");
}
