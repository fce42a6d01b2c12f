import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, type JsonObject } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'

/** A request as the endpoint received it. */
export interface SeenRequest {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: JsonObject
}

/** How the endpoint answers one request. An object is sent as the content of a completion. */
export type Behaviour = JsonObject | ((request: SeenRequest, response: ServerResponse) => void)

export interface Endpoint {
  readonly url: string
  readonly host: string
  readonly seen: SeenRequest[]
  /** The next answers. The last one is repeated. */
  answers: Behaviour[]
}

/** A real HTTP server that stands in for a model. */
export async function openEndpoint(...answers: Behaviour[]): Promise<Endpoint> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    receive(request, response).catch((error: unknown) => {
      // A client that gives up before it has sent its request is no fault of the test.
      if (!request.readableAborted) throw error
    })
  })
  const endpoint: Endpoint = { url: '', host: '', seen, answers }
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    // A socket delivers buffers.
    for await (const piece of request) pieces.push(piece as Buffer)
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    if (!isObject(body)) throw new TypeError('the request is not an object')
    const { authorization } = request.headers
    // It was parsed from JSON.
    const got: SeenRequest = { path: request.url ?? '', authorization, body: body as JsonObject }
    seen.push(got)
    const answer = endpoint.answers.length > 1 ? endpoint.answers.shift() : endpoint.answers[0]
    if (typeof answer === 'function') answer(got, response)
    else send(response, completion(JSON.stringify(answer ?? HEALTHY)))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  return Object.assign(endpoint, { url: `http://127.0.0.1:${port}/v1`, host: `127.0.0.1:${port}` })
}

/** An answer that requests nothing. */
export const HEALTHY: JsonObject = { diagnosis: 'healthy', reasoning: 'the loss falls', actions: [], next_check: null }

/** An answer that requests these actions. */
export function asks(...actions: readonly JsonObject[]): JsonObject {
  const empty = { target: null, value: null, text: null, learnings: null }
  return {
    ...HEALTHY,
    diagnosis: 'too_high',
    reasoning: 'the loss is stuck',
    actions: actions.map((one) => ({ ...empty, ...one })),
  }
}

export function completion(content: string, more: JsonObject = {}): JsonObject {
  return {
    id: 'c1',
    model: 'stand-in',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 1000, completion_tokens: 100 },
    ...more,
  }
}

export function send(
  response: ServerResponse,
  body: JsonObject | string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
