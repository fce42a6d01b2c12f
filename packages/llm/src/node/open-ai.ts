import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import type { Completion, CompletionRequest, Finish, Model, ModelFailure, ToolCall } from '../port.ts'
import { joinUrl, type ModelOptions, requireHost } from './endpoint.ts'
import { fail, postJson } from './post-json.ts'
import { tokensIn } from './read-tokens.ts'

/** How the format of an answer is requested, from the strictest way to the loosest. */
type FormatName = 'json_schema' | 'json_object' | 'none'

/** The features that this endpoint supports, as far as its answers have shown. */
interface Dialect {
  format: FormatName
  /** Newer OpenAI models reject `max_tokens`. Most other endpoints support only that. */
  limitField: 'max_tokens' | 'max_completion_tokens'
}

/**
 * Creates a model that is called through OpenAI's chat API, which vLLM, llama.cpp, Ollama, LM Studio and most services
 * also offer.
 *
 * If an endpoint returns status 400 because it does not support a field, later calls leave out or replace that field: a
 * simpler `response_format`, `max_completion_tokens` instead of `max_tokens`. The failure has the code `form_refused`.
 *
 * @throws RangeError for a `baseUrl` that is not a valid address.
 */
export function openAiModel(options: ModelOptions): Model {
  const { model, baseUrl, key, limits } = options
  const host = requireHost(baseUrl)
  const dialect: Dialect = { format: 'json_schema', limitField: 'max_tokens' }
  return {
    name: model,
    host,
    async complete(request) {
      const answer = await postJson(joinUrl(baseUrl, '/chat/completions'), {
        headers: key === null ? {} : { authorization: `Bearer ${key()}` },
        body: bodyOf(request, options, dialect),
        limits,
        signal: request.signal,
      })
      if (answer.ok) return readCompletion(answer.json, host, model)
      return adapt(dialect, request, answer) ? { ...answer, code: 'form_refused' } : answer
    },
  }
}

const SIMPLER: Readonly<Record<FormatName, FormatName>> = {
  json_schema: 'json_object',
  json_object: 'none',
  none: 'none',
}

/** Changes the dialect if the error names an unsupported field. Returns whether the next request will differ. */
function adapt(dialect: Dialect, { schema }: CompletionRequest, { status, message }: ModelFailure): boolean {
  if (status !== 400 && status !== 422) return false
  if (dialect.limitField === 'max_tokens' && /max_completion_tokens/.test(message)) {
    dialect.limitField = 'max_completion_tokens'
    return true
  }
  const namesFormat = /response_format|json_schema|json_object|schema/i.test(message)
  if (schema === undefined || !namesFormat || dialect.format === 'none') return false
  dialect.format = SIMPLER[dialect.format]
  return true
}

function bodyOf(
  request: CompletionRequest,
  { model, temperature }: ModelOptions,
  { format, limitField }: Dialect,
): JsonObject {
  const { system, messages, maxTokens, tools } = request
  return {
    model,
    messages: [{ role: 'system', content: system }, ...messages.map(({ role, content }) => ({ role, content }))],
    [limitField]: maxTokens,
    stream: false,
    ...(temperature !== undefined && { temperature }),
    ...formatOf(request, format),
    ...(tools !== undefined && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters },
      })),
    }),
  }
}

function formatOf({ schema }: CompletionRequest, format: FormatName): JsonObject {
  if (schema === undefined || format === 'none') return {}
  if (format === 'json_object') return { response_format: { type: 'json_object' } }
  const json: Json = { name: schema.name, schema: schema.schema, strict: true }
  return { response_format: { type: 'json_schema', json_schema: json } }
}

function readCompletion(json: unknown, host: string, model: string): Completion | ModelFailure {
  const choices = isObject(json) ? json['choices'] : undefined
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  const message = isObject(choice) ? choice['message'] : undefined
  if (!isObject(json) || !isObject(choice) || !isObject(message)) {
    return fail('no_answer', `the answer from \`${host}\` is not a chat completion`, { status: 200, mayCost: true })
  }
  const { content, refusal } = message
  const usage = isObject(json['usage']) ? json['usage'] : {}
  const isRefused = typeof refusal === 'string' && refusal !== ''
  return {
    ok: true,
    text: typeof content === 'string' ? content : '',
    calls: callsIn(message['tool_calls']),
    usage: { input: tokensIn(usage['prompt_tokens']), output: tokensIn(usage['completion_tokens']) },
    model: typeof json['model'] === 'string' ? json['model'].slice(0, 100) : model,
    finish: isRefused ? 'refused' : finishOf(choice['finish_reason']),
  }
}

function callsIn(given: unknown): readonly ToolCall[] {
  if (!Array.isArray(given)) return []
  return given.flatMap((one: unknown) => {
    const called = isObject(one) ? one['function'] : undefined
    if (!isObject(called)) return []
    const { name, arguments: text } = called
    return typeof name === 'string' && typeof text === 'string' ? [{ name, arguments: text }] : []
  })
}

function finishOf(reason: unknown): Finish {
  if (reason === 'stop' || reason === 'length') return reason
  if (reason === 'tool_calls' || reason === 'function_call') return 'tools'
  return reason === 'content_filter' ? 'refused' : 'other'
}
