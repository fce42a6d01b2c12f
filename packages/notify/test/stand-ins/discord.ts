import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { giveJson, type StandIn, startHttp } from './http-server.ts'

/** Discord's REST API with its gateway, as a bot sees them. */
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
}

const GUILD = '900000000000000001'

/** @param answer Answers a call before Discord does. */
export async function startDiscord(answer: Parameters<typeof startHttp>[0] = () => false): Promise<DiscordStandIn> {
  let messages = 0
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
    return giveJson(response, { id: `80000000000000000${++messages}`, channel_id: '1', content: '' })
  })
  const sockets: WebSocket[] = []
  const server = new WebSocketServer({ server: http.server, path: '/gateway' })
  let sequence = 0
  const dispatch = (socket: WebSocket | undefined, t: string, d: object): void =>
    void socket?.send(JSON.stringify({ op: 0, t, s: ++sequence, d }))
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 40_000 } }))
    socket.on('message', (text) => {
      const { op } = JSON.parse(String(text))
      if (op === 1) socket.send('{"op":11}')
      if (op !== 2) return
      const user = { id: '700000000000000001', username: 'hotcb', discriminator: '0', avatar: null, bot: true }
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
