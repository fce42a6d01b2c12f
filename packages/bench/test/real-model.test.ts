import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { benchPort, type PortRequest, readRows } from '../src/index.ts'

async function endpoint(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // An object, because the server listens on TCP.
  return `http://127.0.0.1:${port}/v1`
}

function request(baseUrl: string): PortRequest {
  const home = mkdtempSync(join(tmpdir(), 'bench-model-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return {
    out: join(home, 'out'),
    tasks: ['good'],
    arms: ['nothing', 'llm'],
    seeds: [1],
    steps: 400,
    part: { index: 0, of: 1 },
    ai: { model: 'a-model', baseUrl, budgetUsd: 1 },
    env: { HOME: home, XDG_STATE_HOME: home },
    say: () => undefined,
  }
}

const REPLY = { diagnosis: 'healthy', reasoning: 'all is well', actions: [], next_check: null }

test('a real endpoint is called, its tokens are counted, and its rows are not marked as a stand-in', async () => {
  const asked: string[] = []
  const baseUrl = await endpoint((incoming, response) => {
    asked.push(incoming.url ?? '')
    const choice = { message: { role: 'assistant', content: JSON.stringify(REPLY) }, finish_reason: 'stop' }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ model: 'a-model', choices: [choice], usage: { prompt_tokens: 9000, completion_tokens: 40 } }),
    )
  })
  const asks = request(baseUrl)
  await benchPort.digits.train(asks, new AbortController().signal)
  const row = readRows(join(asks.out, 'rows.jsonl')).find(({ arm }) => arm === 'llm')
  expect(asked.length).toBeGreaterThan(1)
  expect(row?.tokens).toBe(9040 * asked.length)
  const { text } = await benchPort.digits.report(asks)
  expect(text).toContain('`llm`: language model in ai_auto mode: a-model |')
  expect(text).not.toContain('stand-in')
})

test('an endpoint that does not answer ends the bench, without a row in which rules decided instead', async () => {
  const baseUrl = await endpoint((_, response) => {
    response.statusCode = 500
    response.end('{}')
  })
  const asks = request(baseUrl)
  await expect(benchPort.digits.train(asks, new AbortController().signal)).rejects.toThrow(
    /^the language model cannot be called: /,
  )
  expect(readRows(join(asks.out, 'rows.jsonl')).map(({ arm }) => arm)).toEqual(['nothing'])
})
