import type { CompletionRequest, Usage } from './port.ts'

/** The number of tokens that one call uses. */
export interface Tokens {
  readonly input: number
  readonly output: number
}

const ENCODER = new TextEncoder()
/** The number of tokens that a request's format adds to its messages. */
const FRAME_TOKENS = 64

function bytesOf({ system, messages, schema, tools }: CompletionRequest): number {
  const texts = [system, ...messages.map(({ content }) => content)]
  const forms = [schema, tools].flatMap((one) => (one === undefined ? [] : [JSON.stringify(one)]))
  return [...texts, ...forms].reduce((sum, text) => sum + ENCODER.encode(text).length, 0)
}

/** Returns the maximum number of tokens that a call can use. A token is at least one byte. */
export function maxTokensOf(request: CompletionRequest): Tokens {
  return { input: bytesOf(request) + FRAME_TOKENS, output: request.maxTokens }
}

/** Estimates the number of tokens in a text at three bytes per token, which is a high estimate. */
export function estimateTokens(text: string): number {
  return Math.ceil(ENCODER.encode(text).length / 3)
}

export function estimateInput(request: CompletionRequest): number {
  return Math.ceil(bytesOf(request) / 3)
}

/**
 * Returns the tokens that a call is charged for: those that the endpoint reports. If it reports none, or
 * fewer than any tokenizer would need for this text (twelve bytes per token), they are estimated.
 */
export function chargedTokens(request: CompletionRequest, usage: Usage, answer: string): Tokens {
  return {
    input: charged(usage.input, bytesOf(request)),
    output: charged(usage.output, ENCODER.encode(answer).length),
  }
}

function charged(reported: number | null, bytes: number): number {
  return reported === null || reported < Math.floor(bytes / 12) ? Math.ceil(bytes / 3) : reported
}
