import type { JsonObject } from '@hotcb/protocol'

/** A turn of the conversation. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** A function that the model may ask to be called. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: JsonObject
}

export interface CompletionRequest {
  readonly system: string
  readonly messages: readonly ChatMessage[]
  /** The form of the answer; endpoints that do not know it are asked without it. The caller checks the answer all the same. */
  readonly schema?: { readonly name: string; readonly schema: JsonObject } | undefined
  readonly tools?: readonly ToolDescription[] | undefined
  /** The most tokens of the answer. */
  readonly maxTokens: number
  readonly signal?: AbortSignal | undefined
}

/** A function that the model asks to be called; `arguments` is the text that it wrote. */
export interface ToolCall {
  readonly name: string
  readonly arguments: string
}

/** Tokens as the endpoint reports them; null for a number that is missing, negative or not whole. */
export interface Usage {
  readonly input: number | null
  readonly output: number | null
}

/** Why the answer ends. `length`: it was cut at `maxTokens`. */
export type Finish = 'stop' | 'length' | 'tools' | 'refused' | 'other'

export interface Completion {
  readonly ok: true
  readonly text: string
  readonly calls: readonly ToolCall[]
  readonly usage: Usage
  /** The model that answered, as the endpoint names it. */
  readonly model: string
  readonly finish: Finish
}

/**
 * `unreachable`: no connection. `timeout`: no first byte, or no end, in time. `aborted`: by the caller. `too_long`: more than 256 KiB.
 * `redirect`: to wherever. `not_json`, `cut_off`, `no_answer`: a 200 without a completion.
 * `form_refused`: the endpoint does not know a field of the request; the next call of this model leaves it out. The rest are statuses.
 */
export type FailureCode =
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'too_long'
  | 'redirect'
  | 'cut_off'
  | 'not_json'
  | 'no_answer'
  | 'bad_request'
  | 'form_refused'
  | 'unauthorized'
  | 'no_credit'
  | 'not_found'
  | 'rate_limited'
  | 'server'

export interface ModelFailure {
  readonly ok: false
  readonly code: FailureCode
  /** One line without the key and without the address. */
  readonly message: string
  readonly status: number | null
  /** How long the endpoint asks to wait; at most ten minutes. */
  readonly retryAfterMs: number | null
  /** Whether tokens may have been used: the endpoint has the request and has not said that it failed. */
  readonly mayCost: boolean
}

/** One language model. Nothing is thrown and nothing is repeated: each call is one answer or one failure. */
export interface Model {
  /** The name under which it is asked and priced. */
  readonly name: string
  /** `host:port` to which requests go, and to no other. */
  readonly host: string
  complete(request: CompletionRequest): Promise<Completion | ModelFailure>
}
