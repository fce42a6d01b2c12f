import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { giveJson, type StandIn, startHttp } from './http-server.ts'

/** Slack's Web API with socket mode, as an app sees them. */
export interface SlackStandIn extends StandIn {
  /** Someone presses a button; resolves when the app has acknowledged it. */
  press(press: { readonly value: string; readonly channel: string; readonly user: string }): Promise<void>
  /** Something else happens; resolves with what the app acknowledges. */
  deliver(type: string, payload: object): Promise<unknown>
  calls(method: string): readonly Record<string, unknown>[]
}

/** @param answer Answers a call before Slack does. */
export async function startSlack(answer: Parameters<typeof startHttp>[0] = () => false): Promise<SlackStandIn> {
  let messages = 0
  const http: StandIn = await startHttp(async (request, response) => {
    if (await answer(request, response)) return true
    const method = request.path.split('/').at(-1)
    if (method === 'apps.connections.open')
      return giveJson(response, { ok: true, url: `ws://127.0.0.1:${http.port}/link` })
    if (method === 'chat.postMessage') return giveJson(response, { ok: true, channel: 'C1', ts: `100.${++messages}` })
    return giveJson(response, { ok: true, ts: '100.1' })
  })
  const sockets: WebSocket[] = []
  const acks = new Map<string, (answer?: unknown) => void>()
  const server = new WebSocketServer({ server: http.server, path: '/link' })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.send('{"type":"hello","num_connections":1,"connection_info":{"app_id":"A"},"debug_info":{}}')
    socket.on('message', (text) => {
      const { envelope_id: id, payload } = JSON.parse(String(text))
      acks.get(id)?.(payload)
    })
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })
  let envelopes = 0
  return {
    ...http,
    press: ({ value, channel, user }) =>
      new Promise((resolve) => {
        const id = `e${++envelopes}`
        acks.set(id, () => resolve())
        const payload = {
          type: 'block_actions',
          user: { id: user },
          channel: { id: channel },
          actions: [{ action_id: 'approve', value }],
        }
        sockets
          .at(-1)
          ?.send(JSON.stringify({ envelope_id: id, type: 'interactive', accepts_response_payload: true, payload }))
      }),
    deliver: (type, payload) =>
      new Promise((resolve) => {
        const id = `d${++envelopes}`
        acks.set(id, resolve)
        sockets.at(-1)?.send(JSON.stringify({ envelope_id: id, type, accepts_response_payload: true, payload }))
      }),
    calls: (method) =>
      http.requests
        .filter(({ path }) => path.endsWith(`/${method}`))
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
  }
}
