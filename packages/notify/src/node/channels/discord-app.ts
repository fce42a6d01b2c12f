import type { Secret } from '@hotcb/run/node'
import type { SendResult } from '../../queue/lane.ts'
import { bodyOf, markedTitle } from '../../text/lines.ts'
import type { ChannelConfig } from '../../types.ts'
import type { AnswerListener, NotifyChannel } from '../channel.ts'
import { discordPayload } from './discord-payload.ts'
import { loadClient } from './optional-client.ts'

type DiscordConfig = Extract<ChannelConfig, { kind: 'discord'; by: 'app' }>

const CALL_MS = 10_000

/** Creates a Discord bot, which posts over REST and receives button presses over the gateway, without a public address. */
export async function discordApp(config: DiscordConfig, token: Secret): Promise<NotifyChannel> {
  const { name, channel, api } = config
  const discord = await loadClient(['discord.js'], () => import('discord.js'))
  const rest = { api, timeout: CALL_MS, retries: 0, rejectOnRateLimit: () => true }
  const client = new discord.Client({ intents: [discord.GatewayIntentBits.Guilds], rest })
  client.rest.setToken(token.reveal())
  const messages = `/channels/${encodeURIComponent(channel)}/messages` as const
  return {
    name,
    kind: 'discord',
    target: new URL(api).host,
    chat: channel,
    send: ({ message, buttons }) =>
      attempt(() => {
        const text = { title: markedTitle(message), body: bodyOf(message, buttons !== null) }
        return client.rest.post(messages, { body: discordPayload(text, buttons) })
      }),
    edit: (ref, message, note) =>
      attempt(() => {
        const text = { title: markedTitle(message), body: `${message.text} — ${note}` }
        return client.rest.patch(`${messages}/${encodeURIComponent(ref)}`, { body: discordPayload(text, null) })
      }),
    async listen(listener) {
      takePresses(client, discord.MessageFlags.Ephemeral, listener)
      await client.login(token.reveal())
    },
    close: () => client.destroy(),
  }
}

type DiscordClient = InstanceType<typeof import('discord.js').Client>

function takePresses(client: DiscordClient, ephemeral: number, listener: AnswerListener): void {
  client.on('error', () => listener.onTrouble('the connection to Discord was lost; reconnecting'))
  client.on('interactionCreate', async (interaction) => {
    if (!interaction.isButton()) return
    try {
      // Discord waits only three seconds for an answer, and the kernel may take longer.
      await interaction.deferReply({ flags: ephemeral })
      const { customId, channelId, user } = interaction
      const text = await listener.onPress({ data: customId, chat: channelId, user: user.id })
      await interaction.editReply({ content: text, allowedMentions: { parse: [] } })
    } catch {
      listener.onTrouble(
        'Discord did not accept the reply to a button; check the log to see whether the answer was recorded',
      )
    }
  })
}

async function attempt(make: () => Promise<unknown>): Promise<SendResult> {
  try {
    const message = await make()
    // The response from Discord's API to a post.
    const { id } = (message ?? {}) as { id?: unknown }
    return { ok: true, ref: typeof id === 'string' ? id : undefined }
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): SendResult {
  // Converts an error. discord.js errors are recognized by their fields: a status, the API code, or the time to
  // wait.
  const { status, rawError, retryAfter, code } = error as {
    status?: unknown
    rawError?: { message?: unknown }
    retryAfter?: unknown
    code?: unknown
  }
  if (typeof retryAfter === 'number')
    return { ok: false, reason: 'Discord limits the rate of requests', retry: true, retryAfter: retryAfter / 1000 }
  if (typeof status === 'number') {
    const says = typeof rawError?.message === 'string' ? `: ${rawError.message}` : ''
    return { ok: false, reason: `Discord responded with ${status}${says}`, retry: status >= 500 || status === 429 }
  }
  return { ok: false, reason: `Discord cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`, retry: true }
}
