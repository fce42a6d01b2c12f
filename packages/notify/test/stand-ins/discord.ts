import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { giveJson, type Request, type StandIn, startHttp } from './http-server.ts'

/** A stand-in for Discord's REST API and gateway, as a bot sees them. */
export interface DiscordStandIn extends StandIn {
  /** Someone types a slash command. */
  command(typed: {
    readonly name: string
    readonly words?: string
    readonly channel: string
    readonly user: string
  }): void
  /** Someone presses a button. */
  press(press: { readonly customId: string; readonly channel: string; readonly user: string }): void
  /** Someone writes a message. */
  write(message: { readonly text: string; readonly channel: string; readonly user: string }): void
  /** Files that were posted, oldest first. */
  readonly files: readonly AttachedFile[]
  /** Ids of the messages that are pinned. */
  readonly pins: readonly string[]
  /** Breaks the connection. */
  drop(): void
  /** Someone deletes a message. */
  remove(id: string): void
}

/** A file as people see it. */
export interface AttachedFile {
  readonly name: string
  readonly about: string
  readonly type: string
  readonly bytes: Buffer
  /** The text of its message. */
  readonly content: string
  readonly path: string
}

const OWN = '700000000000000001'

const GUILD = '900000000000000001'

/** @param answer Answers a call before Discord does. */
export async function startDiscord(answer: Parameters<typeof startHttp>[0] = () => false): Promise<DiscordStandIn> {
  const messages = discordMessages()
  const http: StandIn = await startHttp(async (request, response) => {
    if (await answer(request, response)) return true
    if (request.path.endsWith('/gateway/bot')) {
      const limit = { total: 1000, remaining: 999, reset_after: 1000, max_concurrency: 1 }
      return giveJson(response, { url: `ws://127.0.0.1:${http.port}/gateway`, shards: 1, session_start_limit: limit })
    }
    if (request.path.includes('/callback')) {
      response.writeHead(204)
      response.end()
      return true
    }
    const { status, json } = await messages.call(request)
    if (json !== null) return giveJson(response, json, status)
    response.writeHead(status)
    response.end()
    return true
  })
  const sockets: WebSocket[] = []
  const server = new WebSocketServer({ server: http.server, path: '/gateway' })
  // A client that resumes gets all events after the last one that it received.
  const events: string[] = []
  const dispatch = (socket: WebSocket | undefined, t: string, d: object): void => {
    events.push(JSON.stringify({ op: 0, t, s: events.length + 1, d }))
    socket?.send(events.at(-1) ?? '')
  }
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 40_000 } }))
    socket.on('message', (text) => {
      const { op, d } = JSON.parse(String(text))
      if (op === 1) socket.send('{"op":11}')
      if (op === 6) {
        for (const event of events.slice(d.seq)) socket.send(event)
        dispatch(socket, 'RESUMED', {})
      }
      if (op !== 2) return
      const user = { id: OWN, username: 'hotcb', discriminator: '0', avatar: null, bot: true }
      dispatch(socket, 'READY', {
        v: 10,
        user,
        guilds: [],
        session_id: 's',
        resume_gateway_url: `ws://127.0.0.1:${http.port}/gateway`,
        application: { id: '700000000000000002', flags: 0 },
      })
    })
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })
  return {
    ...http,
    files: messages.files,
    pins: messages.pins,
    drop: () => void sockets.at(-1)?.terminate(),
    remove: messages.remove,
    write({ text, channel, user }) {
      // A client only knows channels from their server.
      const channels = [{ id: channel, type: 0, name: 'c', guild_id: GUILD, position: 0, permission_overwrites: [] }]
      const none = { members: [], roles: [], emojis: [], stickers: [], features: [], threads: [], voice_states: [] }
      dispatch(sockets.at(-1), 'GUILD_CREATE', { id: GUILD, name: 'g', channels, ...none })
      const mentions = [...text.matchAll(/<@!?(\d+)>/g)].map(([, id]) => ({
        id,
        username: 'm',
        discriminator: '0',
        avatar: null,
      }))
      const author = { id: user, username: 'ann', discriminator: '0', avatar: null }
      const empty = { attachments: [], embeds: [], mention_roles: [], components: [], edited_timestamp: null }
      dispatch(sockets.at(-1), 'MESSAGE_CREATE', {
        ...{
          id: `8000000000000007${10 + events.length}`,
          channel_id: channel,
          guild_id: GUILD,
          author,
          content: text,
          mentions,
          ...empty,
        },
        ...{ mention_everyone: false, pinned: false, tts: false, type: 0, timestamp: '2026-01-01T00:00:00Z' },
      })
    },
    command({ name, words, channel, user }) {
      dispatch(sockets.at(-1), 'INTERACTION_CREATE', {
        id: '600000000000000002',
        application_id: '700000000000000002',
        type: 2,
        token: 'interaction-token',
        version: 1,
        guild_id: GUILD,
        channel_id: channel,
        channel: { id: channel, type: 0 },
        locale: 'en-US',
        app_permissions: '0',
        entitlements: [],
        authorizing_integration_owners: { 0: GUILD },
        context: 0,
        user: { id: user, username: 'ann', discriminator: '0', avatar: null },
        data: {
          id: '500000000000000001',
          name,
          type: 1,
          options: words === undefined ? [] : [{ name: 'words', type: 3, value: words }],
        },
      })
    },
    press({ customId, channel, user }) {
      dispatch(sockets.at(-1), 'INTERACTION_CREATE', {
        id: '600000000000000001',
        application_id: '700000000000000002',
        type: 3,
        token: 'interaction-token',
        version: 1,
        guild_id: GUILD,
        channel_id: channel,
        channel: { id: channel, type: 0 },
        locale: 'en-US',
        app_permissions: '0',
        entitlements: [],
        authorizing_integration_owners: { 0: GUILD },
        context: 0,
        user: { id: user, username: 'ann', discriminator: '0', avatar: null },
        message: { id: '800000000000000001', channel_id: channel, author: { id: '700000000000000001', username: 'hotcb', discriminator: '0', avatar: null }, content: '', attachments: [], embeds: [], mentions: [], mention_roles: [], mention_everyone: false, pinned: false, tts: false, type: 0, timestamp: '2026-01-01T00:00:00Z', edited_timestamp: null, components: [] }, // biome-ignore format: all fields are required
        data: { custom_id: customId, component_type: 2 },
      })
    },
  }
}

interface DiscordMessages {
  readonly files: AttachedFile[]
  readonly pins: string[]
  call(request: Request): Promise<{ readonly status: number; readonly json: object | null }>
  remove(id: string): void
}

/** The messages, pins and files in the channels. */
function discordMessages(): DiscordMessages {
  const contents = new Map<string, string>()
  const files: AttachedFile[] = []
  const pins: string[] = []
  let count = 0
  const unknown = { status: 404, json: { message: 'Unknown Message', code: 10_008 } }
  const answer = async ({ method, path, headers, body, bytes }: Request): Promise<object | null | undefined> => {
    const [, id = ''] = /\/messages\/(?:pins\/)?(\d+)$/.exec(path) ?? []
    if (path.endsWith('/users/@me')) return { id: OWN, username: 'hotcb' }
    if (method === 'GET' && path.endsWith('/messages/pins')) {
      const author = { id: OWN, username: 'hotcb' }
      const items = pins.map((one) => ({ message: { id: one, content: contents.get(one), author } }))
      return { items, has_more: false }
    }
    if (method === 'PUT' && id !== '') {
      if (!contents.has(id)) return undefined
      if (!pins.includes(id)) pins.push(id)
      return null
    }
    if (method === 'PATCH' && path.includes('/channels/')) {
      if (!contents.has(id)) return undefined
      contents.set(id, JSON.parse(body).content)
      return { id }
    }
    const made = `80000000000000000${++count}`
    const type = headers['content-type'] ?? ''
    const payload = type.startsWith('multipart/') ? await attached(path, bytes, type) : JSON.parse(body || '{}')
    contents.set(made, String(payload.content ?? ''))
    return { id: made, channel_id: '1', content: '' }
  }
  const attached = async (path: string, bytes: Buffer, type: string): Promise<{ content?: string }> => {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
    const payload = JSON.parse(String(form.get('payload_json')))
    for (const { id, filename, description } of payload.attachments) {
      const file = form.get(`files[${id}]`)
      if (!(file instanceof File) || file.name !== filename) throw new Error(`there is no file ${id} ${filename}`)
      files.push({
        name: filename,
        about: description,
        type: file.type,
        bytes: Buffer.from(await file.arrayBuffer()),
        content: payload.content,
        path,
      })
    }
    return payload
  }
  return {
    files,
    pins,
    async call(request) {
      const json = await answer(request)
      if (json === undefined) return unknown
      return { status: json === null ? 204 : 200, json }
    },
    remove(id) {
      contents.delete(id)
      pins.splice(0, pins.length, ...pins.filter((one) => one !== id))
    },
  }
}
