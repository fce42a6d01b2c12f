// The whole public surface of @hotcb/llm. Pure: no files, no network, no clock.
export { type NanoUsd, nanoUsd, showUsd, usdOf } from './money.ts'
export type {
  ChatMessage,
  Completion,
  CompletionRequest,
  FailureCode,
  Finish,
  Model,
  ModelFailure,
  ToolCall,
  ToolDescription,
  Usage,
} from './port.ts'
export { costOf, FREE, PRICES, PRICES_DATED, type Price, type PriceTable, priceOf, readPrices } from './prices.ts'
export {
  type Caps,
  createSpendingFold,
  NO_CAPS,
  type Reservation,
  type SpendingFold,
  type SpendingTotals,
} from './spending.ts'
export { chargedTokens, estimateInput, estimateTokens, maxTokensOf, type Tokens } from './tokens.ts'
