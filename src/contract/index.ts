// Door of the module `contract`.
export {
  ANSWER_ITEMS_MAX,
  AnswerBudget,
  answerTooLarge,
  HELD_NUMBERS_MAX,
  type TokenCount,
} from "./answer-limit.ts";
export { hasDocuments } from "./cohere.ts";
export {
  defineExchange,
  type Exchange,
  type ExchangeContext,
  type Prepared,
  type RunPlan,
} from "./exchange.ts";
export { describeForTei, type TeiInfo, type TeiSurroundings, teiInfoSchema } from "./info.ts";
export { printJson, printJsonParts } from "./json-print.ts";
export {
  type JsonSchema,
  requestJsonSchema,
  responseJsonSchema,
  type Schema,
} from "./json-schema.ts";
export {
  describeInference,
  inferenceInfoSchema,
  kserveLiveSchema,
  kserveModelReadySchema,
  kserveModelSchema,
  kserveReadySchema,
  kserveServerSchema,
} from "./kserve.ts";
export { LIMITS, type Limits } from "./limit.ts";
export {
  describeLimits,
  describeModel,
  limitsInfoSchema,
  type ModelInfo,
  modelInfoSchema,
  weightsIdentity,
} from "./model-info.ts";
export {
  type OllamaDetails,
  ollamaName,
  ollamaShowRequestSchema,
  ollamaShowSchema,
  ollamaTagsSchema,
  ollamaVersionSchema,
} from "./ollama.ts";
export { openaiModelSchema, openaiModelsSchema } from "./openai.ts";
export {
  type Asked,
  createOperations,
  exchangeFor,
  naturalOperation,
  OPERATION_IDS,
  type Operation,
  type OperationId,
  type Operations,
  operationsOf,
} from "./operation.ts";
export { parseRequest } from "./parse-request.ts";
export { mapSteps, type Steps } from "./steps.ts";
export {
  type DecodeRequest,
  decodeIds,
  decodeRequestSchema,
  decodeResponseSchema,
  idListsOf,
  type TokenizeRequest,
  textsToTokenize,
  tokenizeRequestSchema,
  tokenizeResponseSchema,
  toTextTokens,
} from "./tokenize.ts";
