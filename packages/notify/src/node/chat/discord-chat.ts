import type { Secret } from '@hotcb/run/node'
import { loadClient } from '../channels/optional-client.ts'
import { ChatFailure, type ChatFile } from './chat-failure.ts'
import type { ChatEvent } from './slack-chat.ts'

/** A slash command, in the form that Discord registers. */
export interface ChatCommand {
  readonly name: string
  readonly about: string
  /** The arguments that may follow it; empty if there are none. */
  readonly words: string
}

/** A conversation through a Discord bot, over its gateway. It needs no public address. */
export interface DiscordChat {
  /**
   * Calls the REST API.
   *
   * @param files Attachments that are sent with the body in one request.
   * @throws ChatFailure
   */
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    path: `/${string}`,
    body?: object,
    files?: readonly ChatFile[],
  ): Promise<unknown>
  /** Registers the commands on the server, and starts receiving commands, button presses and mentions. */
  listen(guild: string, commands: readonly ChatCommand[], handlers: DiscordHandlers): Promise<void>
  close(): Promise<void>
}

export interface DiscordHandlers {
  /** Whether this conversation takes place in that channel. Several programs may share a bot, and each one answers in its own channels. */
  isOurs(channel: string): boolean
  /** Called when someone pressed a button. The returned text is shown only to that person. */
  onPress(event: ChatEvent): Promise<string>
  onCommand(event: ChatEvent): Promise<string>
  /** Called when someone mentioned the bot. */
  onMention(event: ChatEvent): void
  onTrouble(text: string): void
}

const CALL_MS = 10_000
const LONGEST_REPLY = 1900
const LONGEST_DESCRIPTION = 1024
/** The type of a text option. */
const TEXT_OPTION = 3

/** @throws MissingClient with the command that installs discord.js. */
export async function openDiscordChat(api: string, token: Secret): Promise<DiscordChat> {
  const discord = await loadClient(['discord.js'], () => import('discord.js'))
  const { Guilds, GuildMessages } = discord.GatewayIntentBits
  const rest = { api, timeout: CALL_MS, retries: 0, rejectOnRateLimit: () => true }
  const client = new discord.Client({ intents: [Guilds, GuildMessages], rest })
  client.rest.setToken(token.reveal())
  const ephemeral = { flags: discord.MessageFlags.Ephemeral } as const
  const call: DiscordChat['call'] = async (method, path, body, files = []) => {
    const options = files.length === 0 ? (body === undefined ? {} : { body }) : attached(body, files)
    try {
      if (method === 'GET') return await client.rest.get(path)
      if (method === 'POST') return await client.rest.post(path, options)
      return method === 'PUT' ? await client.rest.put(path, options) : await client.rest.patch(path, options)
    } catch (error) {
      throw failureIn(error)
    }
  }
  return {
    call,
    async listen(guild, commands, handlers) {
      client.on('error', () => handlers.onTrouble('the connection to Discord was lost; reconnecting'))
      client.on('messageCreate', ({ author, channelId, content, mentions }) => {
        const own = client.user?.id ?? ''
        if (author.bot || !mentions.users.has(own) || !handlers.isOurs(channelId)) return
        handlers.onMention({ text: content.replaceAll(/<@!?\d+>/g, '').trim(), channel: channelId, user: author.id })
      })
      client.on('interactionCreate', async (interaction) => {
        if (!interaction.isButton() && !interaction.isChatInputCommand()) return
        const at = { channel: interaction.channelId, user: interaction.user.id }
        if (!handlers.isOurs(at.channel)) return
        try {
          // Discord waits only three seconds for an answer, and a tick may take longer.
          await interaction.deferReply(ephemeral)
          const said = interaction.isButton()
            ? await handlers.onPress({ ...at, text: interaction.customId })
            : await handlers.onCommand({ ...at, text: typed(interaction) })
          await interaction.editReply({ content: said.slice(0, LONGEST_REPLY) || '-', allowedMentions: { parse: [] } })
        } catch {
          handlers.onTrouble('Discord did not accept a reply; the request is recorded in the log')
        }
      })
      const ready = new Promise<string>((resolve) =>
        client.once('clientReady', ({ application }) => resolve(application.id)),
      )
      await client.login(token.reveal())
      const body = commands.map(({ name, about, words }) => ({
        name,
        description: about.slice(0, 100),
        options: words === '' ? [] : [{ type: TEXT_OPTION, name: 'words', description: words, required: false }],
      }))
      await client.rest.put(`/applications/${await ready}/guilds/${guild}/commands`, { body })
    },
    close: () => client.destroy(),
  }
}

function typed({
  commandName,
  options,
}: {
  readonly commandName: string
  readonly options: { getString(name: string): string | null }
}): string {
  return `${commandName} ${options.getString('words') ?? ''}`.trim()
}

/** Combines the body and the files in one multipart request: `attachments` in the body describes `files[0]` and so on. */
function attached(body: object | undefined, files: readonly ChatFile[]): RequestBody {
  const attachments = files.map(({ name, about }, id) => ({
    id,
    filename: name,
    description: about.slice(0, LONGEST_DESCRIPTION),
  }))
  const parts = files.map(({ name, bytes, type }) => ({ name, data: Buffer.from(bytes), contentType: type }))
  return { body: { ...body, attachments }, files: parts }
}

interface RequestBody {
  readonly body: object
  readonly files: { readonly name: string; readonly data: Buffer; readonly contentType: string }[]
}

/**
 * Converts an error. discord.js errors are recognized by their fields: a status, the API code, or the time to wait.
 */
function failureIn(error: unknown): ChatFailure {
  const { status, code, rawError, retryAfter } = error as {
    status?: unknown
    code?: unknown
    rawError?: { message?: unknown }
    retryAfter?: unknown
  }
  if (typeof retryAfter === 'number')
    return new ChatFailure(`Discord limits the rate: retry in ${retryAfter / 1000} s`, null)
  if (typeof status !== 'number') return new ChatFailure('Discord cannot be reached', null)
  const why = typeof rawError?.message === 'string' ? `: ${rawError.message}` : ''
  return new ChatFailure(`Discord responded with ${status}${why}`, typeof code === 'number' ? String(code) : null)
}
