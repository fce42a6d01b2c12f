// The whole public surface of @hotcb/llm/node: models that are called over HTTP, and the file that records spending.
export { anthropicModel } from './node/anthropic.ts'
export { type ModelOptions, modelHost } from './node/endpoint.ts'
export { openAiModel } from './node/open-ai.ts'
export { openSpending, type Reserved, type Spending, type SpendingOptions } from './node/spending-file.ts'
