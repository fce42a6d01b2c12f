import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { giveJson, type StandIn, startHttp } from './http-server.ts'

/** A stand-in for Slack's Web API and socket mode, as an app sees them. */
export interface SlackStandIn extends StandIn {
  /** Someone presses a button; resolves when the app has acknowledged it. */
  press(press: { readonly value: string; readonly channel: string; readonly user: string }): Promise<void>
  /** Delivers another event; resolves with the content of the app's acknowledgement. */
  deliver(type: string, payload: object): Promise<unknown>
  calls(method: string): readonly Record<string, unknown>[]
  /** The messages in the channel, with the files that were posted, oldest first. */
  readonly files: readonly SharedFile[]
  /** The timestamps of the pinned messages. */
  readonly pins: readonly string[]
  /** Breaks the connection. */
  drop(): void
  /** Someone deletes a message. */
  remove(ts: string): void
}

/** A file as people see it. */
export interface SharedFile {
  readonly name: string
  readonly about: string
  readonly bytes: Buffer
  /** The text that was posted with it, as JSON. */
  readonly blocks: string
  readonly thread: string | null
}

const OWN = 'U0BOT'

interface Envelope {
  readonly text: string
  readonly acknowledge: (answer: unknown) => void
  /** The connection over which it was last sent. */
  socket: WebSocket | undefined
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN
}

/** @param answer Answers a call before Slack does. */
export async function startSlack(answer: Parameters<typeof startHttp>[0] = () => false): Promise<SlackStandIn> {
  const methods = slackMethods(() => http.url)
  const http: StandIn = await startHttp(async (request, response) => {
    if (await answer(request, response)) return true
    if (request.path.startsWith('/upload/')) {
      const isTaken = methods.take(request.path, request.bytes)
      response.writeHead(isTaken ? 200 : 400)
      response.end(isTaken ? `OK - ${request.bytes.length}` : 'no')
      return true
    }
    const method = request.path.split('/').at(-1) ?? ''
    if (method === 'apps.connections.open')
      return giveJson(response, { ok: true, url: `ws://127.0.0.1:${http.port}/link` })
    return giveJson(response, methods.call(method, new URLSearchParams(request.body)))
  })
  const sockets: WebSocket[] = []
  const envelopes = new Map<string, Envelope>()
  // Like Slack, it delivers an envelope that was not acknowledged again over the next connection.
  const deliver = (): void => {
    const open = sockets.filter(isOpen).at(-1)
    for (const envelope of envelopes.values()) {
      if (open === undefined || (envelope.socket !== undefined && isOpen(envelope.socket))) continue
      envelope.socket = open
      open.send(envelope.text)
    }
  }
  const server = new WebSocketServer({ server: http.server, path: '/link' })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.send('{"type":"hello","num_connections":1,"connection_info":{"app_id":"A"},"debug_info":{}}')
    socket.on('message', (text) => {
      const { envelope_id: id, payload } = JSON.parse(String(text))
      envelopes.get(id)?.acknowledge(payload)
      envelopes.delete(id)
    })
    socket.on('close', deliver)
    deliver()
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })
  let count = 0
  const send = (type: string, payload: object): Promise<unknown> =>
    new Promise((acknowledge) => {
      const id = `e${++count}`
      const text = JSON.stringify({ envelope_id: id, type, accepts_response_payload: true, payload })
      envelopes.set(id, { text, acknowledge, socket: undefined })
      deliver()
    })
  return {
    ...http,
    async press({ value, channel, user }) {
      const actions = [{ action_id: 'approve', value }]
      await send('interactive', { type: 'block_actions', user: { id: user }, channel: { id: channel }, actions })
    },
    deliver: send,
    files: methods.files,
    pins: methods.pins,
    drop: () => void sockets.at(-1)?.terminate(),
    remove: methods.remove,
    calls: (method) =>
      http.requests
        .filter(({ path }) => path.endsWith(`/${method}`))
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
  }
}

interface SlackMethods {
  readonly files: SharedFile[]
  readonly pins: string[]
  take(path: string, bytes: Buffer): boolean
  call(method: string, args: URLSearchParams): object
  remove(ts: string): void
}

/** The messages, pins and files in one channel. */
function slackMethods(url: () => string): SlackMethods {
  const texts = new Map<string, string>()
  const uploads = new Map<string, { name: string; about: string; length: number; bytes: Buffer | null }>()
  const files: SharedFile[] = []
  const pins: string[] = []
  let count = 0
  const refused = (error: string): object => ({ ok: false, error })
  const answers: Readonly<Record<string, (args: URLSearchParams) => object>> = {
    'auth.test': () => ({ ok: true, user_id: OWN, bot_id: 'B0BOT' }),
    'chat.postMessage'(args) {
      const ts = `100.${++count}`
      texts.set(ts, args.get('text') ?? '')
      return { ok: true, channel: 'C1', ts }
    },
    'chat.update'(args) {
      const ts = args.get('ts') ?? ''
      if (!texts.has(ts)) return refused('message_not_found')
      texts.set(ts, args.get('text') ?? '')
      return { ok: true, ts }
    },
    'pins.add'(args) {
      const ts = args.get('timestamp') ?? ''
      if (!texts.has(ts)) return refused('message_not_found')
      if (pins.includes(ts)) return refused('already_pinned')
      pins.push(ts)
      return { ok: true }
    },
    'pins.list': () => ({
      ok: true,
      items: pins.map((ts) => ({ type: 'message', message: { ts, text: texts.get(ts), user: OWN } })),
    }),
    'files.getUploadURLExternal'(args) {
      const id = `F${uploads.size + 1}`
      const length = Number(args.get('length'))
      if (!(length > 0)) return refused('missing_argument')
      uploads.set(id, { name: args.get('filename') ?? '', about: args.get('alt_txt') ?? '', length, bytes: null })
      return { ok: true, upload_url: `${url()}/upload/${id}`, file_id: id }
    },
    'files.completeUploadExternal'(args) {
      const wanted: { id: string }[] = JSON.parse(args.get('files') ?? '[]')
      for (const { id } of wanted) {
        const { name = '', about = '', bytes = null } = uploads.get(id) ?? {}
        if (bytes === null) return refused('file_not_found')
        files.push({ name, about, bytes, blocks: args.get('blocks') ?? '', thread: args.get('thread_ts') })
      }
      return { ok: true, files: wanted }
    },
  }
  return {
    files,
    pins,
    take(path, bytes) {
      const upload = uploads.get(path.split('/').at(-1) ?? '')
      if (upload === undefined || upload.length !== bytes.length) return false
      upload.bytes = bytes
      return true
    },
    call: (method, args) => answers[method]?.(args) ?? { ok: true, ts: '100.1' },
    remove(ts) {
      texts.delete(ts)
      pins.splice(0, pins.length, ...pins.filter((one) => one !== ts))
    },
  }
}
