// Door of the module `contract`.
export { hasDocuments } from "./cohere.ts";
export {
  defineExchange,
  type Exchange,
  type ExchangeContext,
  type Prepared,
  type RunPlan,
} from "./exchange.ts";
export { printJson } from "./json-print.ts";
export { LIMITS, type Limits } from "./limit.ts";
export {
  describeLimits,
  describeModel,
  limitsInfoSchema,
  type ModelInfo,
  modelInfoSchema,
} from "./model-info.ts";
export {
  type Asked,
  createOperations,
  exchangeFor,
  OPERATION_IDS,
  type Operation,
  type OperationId,
  type Operations,
  operationsOf,
} from "./operation.ts";
export { parseRequest } from "./parse-request.ts";
