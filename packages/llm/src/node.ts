// The whole public surface of @hotcb/llm/node: models behind HTTP, and the document of what was spent.
export { anthropicModel } from './node/anthropic.ts'
export { type ModelOptions, modelHost } from './node/endpoint.ts'
export { openAiModel } from './node/open-ai.ts'
export { openSpending, type Reserved, type Spending, type SpendingOptions } from './node/spending-file.ts'
