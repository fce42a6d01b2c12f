import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A tool call that the scripted model makes. */
export type Asked = readonly [name: string, args: object | string]

/** The scripted model's reaction to one request. */
export type Turn =
  | { readonly calls?: readonly Asked[]; readonly text?: string; readonly finish?: 'length' | 'refused' }
  | { readonly raw: (response: ServerResponse) => void }

export interface SeenPrompt {
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
  /** The texts of all turns. */
  readonly text: string
}

export interface ScriptedModel {
  readonly url: string
  readonly seen: readonly SeenPrompt[]
  /** The numbers of tokens that the answers reported. */
  readonly used: { input: number; output: number }
}

/** The usual number of bytes in a token. */
const BYTES_PER_TOKEN = 4
const OUTPUT = 50

/** A real HTTP server that answers in both wire formats, as its script specifies. */
export async function scriptedModel(script: (prompt: SeenPrompt, count: number) => Turn): Promise<ScriptedModel> {
  const seen: SeenPrompt[] = []
  const used = { input: 0, output: 0 }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += String(piece)
    })
    request.on('end', () => {
      const path = request.url ?? ''
      const json = JSON.parse(body)
      const text = json.messages.map(({ content }: { content: string }) => content).join('\n')
      const prompt = { path, headers: request.headers, body, text }
      seen.push(prompt)
      const turn = script(prompt, seen.length)
      if ('raw' in turn) return turn.raw(response)
      const input = Math.ceil(body.length / BYTES_PER_TOKEN)
      used.input += input
      used.output += OUTPUT
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(path.endsWith('/messages') ? inAnthropic(turn, input) : inOpenAi(turn, input)))
    })
    response.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return { url: `http://127.0.0.1:${port}/v1`, seen, used }
}

type Said = Exclude<Turn, { raw: unknown }>

function inOpenAi({ calls = [], text = '', finish }: Said, input: number): object {
  const tools = calls.map(([name, args], at) => ({
    id: `c${at}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }))
  const reason =
    finish === 'length' ? 'length' : finish === 'refused' ? 'content_filter' : tools.length > 0 ? 'tool_calls' : 'stop'
  return {
    model: 'scripted',
    choices: [
      {
        message: { role: 'assistant', content: text, ...(tools.length > 0 && { tool_calls: tools }) },
        finish_reason: reason,
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: OUTPUT },
  }
}

function inAnthropic({ calls = [], text = '', finish }: Said, input: number): object {
  const blocks = calls.map(([name, input], at) => ({ type: 'tool_use', id: `c${at}`, name, input }))
  const reason =
    finish === 'length' ? 'max_tokens' : finish === 'refused' ? 'refusal' : blocks.length > 0 ? 'tool_use' : 'end_turn'
  return {
    model: 'scripted',
    content: [...(text === '' ? [] : [{ type: 'text', text }]), ...blocks],
    stop_reason: reason,
    usage: { input_tokens: input, output_tokens: OUTPUT },
  }
}

/** The fields of `monitor` in a config that point to it. */
export function pointedAt({ url }: ScriptedModel, provider: 'openai' | 'anthropic' = 'openai'): string {
  return `, model: "${provider}:scripted", base_url: "${url}", prices: {scripted: {input: 2, output: 10}}`
}
