import type { JsonObject } from '@hotcb/protocol'

/** One message of the conversation. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** A function that the model may request to call. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: JsonObject
}

export interface CompletionRequest {
  readonly system: string
  readonly messages: readonly ChatMessage[]
  /**
   * The schema of the answer. Endpoints that do not support schemas are called without it, so the caller must check the
   * answer in any case.
   */
  readonly schema?: { readonly name: string; readonly schema: JsonObject } | undefined
  readonly tools?: readonly ToolDescription[] | undefined
  /** The maximum number of tokens in the answer. */
  readonly maxTokens: number
  readonly signal?: AbortSignal | undefined
}

/** A function call that the model requests. `arguments` is the text that the model wrote. */
export interface ToolCall {
  readonly name: string
  readonly arguments: string
}

/** Token counts as the endpoint reports them; null for a count that is missing, negative or not whole. */
export interface Usage {
  readonly input: number | null
  readonly output: number | null
}

/** Why the answer stopped. `length`: it was cut off at `maxTokens`. */
export type Finish = 'stop' | 'length' | 'tools' | 'refused' | 'other'

export interface Completion {
  readonly ok: true
  readonly text: string
  readonly calls: readonly ToolCall[]
  readonly usage: Usage
  /** The name of the model that answered, as reported by the endpoint. */
  readonly model: string
  readonly finish: Finish
}

/**
 * `unreachable`: no connection. `timeout`: the first byte or the end did not arrive in time. `aborted`: the caller
 * aborted the call. `too_long`: the answer is longer than 256 KiB. `redirect`: the endpoint redirects to another
 * address. `not_json`, `cut_off`, `no_answer`: status 200 without a completion. `form_refused`: the endpoint does not
 * support a field of the request; the next call to this model leaves it out. The other codes correspond to HTTP
 * statuses.
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
  /** How long to wait according to the endpoint, at most ten minutes; null if it does not specify that. */
  readonly retryAfterMs: number | null
  /** Whether tokens may have been used, because the endpoint received the request and did not report that it failed. */
  readonly mayCost: boolean
}

/** One language model. Calls never throw and are never repeated: each call returns one answer or one failure. */
export interface Model {
  /** The name that requests and prices use. */
  readonly name: string
  /** The `host:port` to which all requests go. */
  readonly host: string
  complete(request: CompletionRequest): Promise<Completion | ModelFailure>
}
