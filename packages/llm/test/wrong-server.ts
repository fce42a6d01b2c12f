import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as the server received it. */
export interface SeenRequest {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface TestServer {
  readonly url: string
  readonly host: string
  readonly seen: readonly SeenRequest[]
}

type Answer = (response: ServerResponse, request: SeenRequest, count: number) => void

/** A real HTTP server on a free port of this machine, closed with all its connections when the test ends. */
export async function serve(answer: Answer): Promise<TestServer> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += String(piece)
    })
    request.on('end', () => {
      const one = { url: request.url ?? '', headers: request.headers, body }
      seen.push(one)
      answer(response, one, seen.length)
    })
    response.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1`, host: `127.0.0.1:${port}`, seen }
}

export const JSON_TYPE = { 'content-type': 'application/json' }

export function chat(content: string, more: object = {}): string {
  return JSON.stringify({
    id: 'x',
    model: 'stand-in-1',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 120, completion_tokens: 30 },
    ...more,
  })
}

/** Answers every request with one JSON text. */
export function saying(text: string, status = 200, headers: Readonly<Record<string, string>> = JSON_TYPE): Answer {
  return (response) => {
    response.writeHead(status, headers)
    response.end(text)
  }
}

/** Writes the same piece again and again until the other side closes or `times` is reached. */
export function pour(response: ServerResponse, piece: string | Buffer, times?: number): void {
  let count = 0
  const more = (): void => {
    if (response.destroyed) return
    if (times === undefined || count++ < times) response.write(piece, more)
    else response.end()
  }
  more()
}
