import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as it was received. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As UTF-8. */
  readonly body: string
  readonly bytes: Buffer
}

/** A real HTTP server that records the requests that it receives. */
export interface StandIn {
  readonly url: string
  readonly port: number
  readonly server: Server
  readonly requests: Request[]
  /** Waits for the matching request with this number; the first one is 1. */
  until(count: number, fits?: (request: Request) => boolean): Promise<readonly Request[]>
  close(): Promise<void>
}

/** @param answer Answers a request; without its own answer it gets 200 and `{"ok":true}`. */
export async function startHttp(
  answer: (request: Request, response: ServerResponse) => boolean | Promise<boolean> = () => false,
): Promise<StandIn> {
  const requests: Request[] = []
  const waiting = new Set<() => void>()
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = []
    incoming.on('data', (piece) => void pieces.push(piece))
    incoming.on('end', async () => {
      const { method = '', url = '', headers } = incoming
      const bytes = Buffer.concat(pieces)
      const request = { method, path: url, headers, body: bytes.toString('utf8'), bytes }
      requests.push(request)
      for (const look of waiting) look()
      if (await answer(request, response)) return
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"ok":true}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    requests,
    until: (count, fits = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = requests.filter(fits)
          if (found.length < count) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    close,
  }
}

/** Answers with JSON. */
export function giveJson(
  response: ServerResponse,
  value: object,
  status = 200,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
  return true
}
