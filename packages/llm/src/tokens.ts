import type { CompletionRequest, Usage } from './port.ts'

/** Tokens of one call. */
export interface Tokens {
  readonly input: number
  readonly output: number
}

const ENCODER = new TextEncoder()
/** What the form of a request adds around its texts. */
const FRAME_TOKENS = 64

function bytesOf({ system, messages, schema, tools }: CompletionRequest): number {
  const texts = [system, ...messages.map(({ content }) => content)]
  const forms = [schema, tools].flatMap((one) => (one === undefined ? [] : [JSON.stringify(one)]))
  return [...texts, ...forms].reduce((sum, text) => sum + ENCODER.encode(text).length, 0)
}

/** The most tokens that a call can use: a token is a byte at least. */
export function maxTokensOf(request: CompletionRequest): Tokens {
  return { input: bytesOf(request) + FRAME_TOKENS, output: request.maxTokens }
}

/** The tokens that a text probably has: three bytes each, which is more than usual. */
export function estimateTokens(text: string): number {
  return Math.ceil(ENCODER.encode(text).length / 3)
}

export function estimateInput(request: CompletionRequest): number {
  return Math.ceil(bytesOf(request) / 3)
}

/**
 * The tokens that a call is charged for: what the endpoint reports. Where it reports nothing, or less than any tokenizer makes of
 * these texts (twelve bytes a token), they are estimated.
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
