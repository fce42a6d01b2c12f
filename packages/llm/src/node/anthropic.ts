import { isObject, type JsonObject } from '@hotcb/protocol'
import type { Completion, CompletionRequest, Finish, Model, ModelFailure, ToolCall } from '../port.ts'
import { joinUrl, type ModelOptions, requireHost } from './endpoint.ts'
import { fail, postJson } from './post-json.ts'
import { tokensIn } from './read-tokens.ts'

const VERSION = '2023-06-01'

/**
 * Creates a model that is called through Anthropic's Messages API. If the answer must match a schema, the schema is
 * sent as a tool that the model must use.
 *
 * @throws RangeError for a `baseUrl` that is not a valid address.
 */
export function anthropicModel(options: ModelOptions): Model {
  const { model, baseUrl, key, limits } = options
  const host = requireHost(baseUrl)
  return {
    name: model,
    host,
    async complete(request) {
      const answer = await postJson(joinUrl(baseUrl, '/messages'), {
        headers: { 'anthropic-version': VERSION, ...(key !== null && { 'x-api-key': key() }) },
        body: bodyOf(request, options),
        limits,
        signal: request.signal,
      })
      return answer.ok ? readCompletion(answer.json, host, request, model) : answer
    },
  }
}

function bodyOf(request: CompletionRequest, { model, temperature }: ModelOptions): JsonObject {
  const { system, messages, maxTokens, schema, tools = [] } = request
  const form =
    schema === undefined ? [] : [{ name: schema.name, description: 'The answer.', parameters: schema.schema }]
  const all = [...tools, ...form].map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: parameters,
  }))
  return {
    model,
    system,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_tokens: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(all.length > 0 && { tools: all }),
    ...(schema !== undefined && { tool_choice: { type: 'tool', name: schema.name } }),
  }
}

function readCompletion(
  json: unknown,
  host: string,
  { schema }: CompletionRequest,
  model: string,
): Completion | ModelFailure {
  const content = isObject(json) ? json['content'] : undefined
  if (!isObject(json) || !Array.isArray(content)) {
    return fail('no_answer', `the answer from \`${host}\` is not a message`, { status: 200, mayCost: true })
  }
  const blocks: readonly unknown[] = content
  const used = blocks.flatMap(callIn)
  // The schema of the answer was sent as a tool, so the input of that tool is the model's answer.
  const form = used.filter(({ name }) => name === schema?.name).map((call) => call.arguments)
  const usage = isObject(json['usage']) ? json['usage'] : {}
  return {
    ok: true,
    text: form.length > 0 ? form.join('\n') : blocks.map(textIn).join(''),
    calls: used.filter(({ name }) => name !== schema?.name),
    usage: { input: tokensIn(usage['input_tokens']), output: tokensIn(usage['output_tokens']) },
    model: typeof json['model'] === 'string' ? json['model'].slice(0, 100) : model,
    finish: finishOf(json['stop_reason'], form.length > 0),
  }
}

function callIn(block: unknown): readonly ToolCall[] {
  if (!isObject(block) || block['type'] !== 'tool_use' || typeof block['name'] !== 'string') return []
  return [{ name: block['name'], arguments: JSON.stringify(block['input'] ?? {}) }]
}

function textIn(block: unknown): string {
  return isObject(block) && block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : ''
}

function finishOf(reason: unknown, hasForm: boolean): Finish {
  if (reason === 'max_tokens') return 'length'
  if (reason === 'tool_use') return hasForm ? 'stop' : 'tools'
  if (reason === 'refusal') return 'refused'
  return reason === 'end_turn' || reason === 'stop_sequence' ? 'stop' : 'other'
}
