import { buttonText, escapeMarkdown } from '@hotcb/notify'
import { type DiscordChat, openDiscordChat } from '@hotcb/notify/node'
import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import type { DiscordConfig } from '../../config-chat.ts'
import { OPERATOR_COMMANDS } from '../operator-commands.ts'
import type { Channel } from './channel.ts'
import { type ChatPlace, chatAnswers } from './chat-answers.ts'
import type { ChatMemory } from './chat-memory.ts'
import { type ChatUses, discordUse } from './chat-uses.ts'
import { type FittedPost, fitted, type Room } from './fitted.ts'
import { type StatusPort, statusMessage } from './status-message.ts'

/** Discord's limit is 2000. */
const LONGEST_CONTENT = 1900
const SUPPRESS_EMBEDS = 1 << 2
/** Channel types in Discord's API. */
const PUBLIC_THREAD = 11
const ACTION_ROW = 1
const BUTTON = 2
const STYLES = { approve: 3, reject: 4 } as const
const TEXT_CHANNEL = 0
const UNKNOWN_MESSAGE = '10008'

export interface DiscordParts {
  readonly config: DiscordConfig
  readonly token: Secret
  readonly place: Omit<ChatPlace, 'channel' | 'room'>
  readonly tag: string
  readonly memory: ChatMemory
  readonly sweep: string
  readonly uses: ChatUses
}

/**
 * Creates a Discord channel: posts with files, a thread for each trial, one pinned status message that is edited in place, buttons, and
 * slash commands.
 */
export async function discordChannel(parts: DiscordParts): Promise<Channel> {
  const { config, token, tag, memory } = parts
  const chat = await openDiscordChat(config.api, token)
  const channel = config.channel ?? (await channelByName(chat, config, parts.sweep))
  parts.uses.begin(discordUse(channel))
  const place: ChatPlace = { ...parts.place, channel, room: ROOM }
  const say = async (where: string, { text, files }: FittedPost, components: readonly object[]): Promise<string> =>
    idOf(await chat.call('POST', `/channels/${where}/messages`, content(text, components), files))
  const status = statusMessage(statusPort(chat, channel), memory, `sweep ${tag}`)
  const post: Channel['post'] = async ({ text, trial, proposal, threadFile, file = threadFile }) => {
    const where = trial === undefined ? channel : await threadOf(chat, channel, memory, trial)
    const components = proposal === undefined ? [] : [buttons(proposal, tag, place)]
    await say(where, fitted({ text, ...(file !== undefined && { file }) }, ROOM), components)
  }
  return {
    name: 'discord',
    post,
    show: status,
    async listen(listener) {
      const answers = chatAnswers(place, listener, post)
      const shown = (act: (show: (text: string) => void) => void): Promise<string> =>
        new Promise((resolve) => act((text) => resolve(escapeLines(text))))
      await chat.listen(config.guild, OPERATOR_COMMANDS, {
        isOurs: (where) => where === channel,
        onPress: (event) => shown((show) => answers.press(event, show)),
        onCommand: (event) => shown((show) => answers.command(event, show)),
        onMention: (event) => answers.mention(event),
        onTrouble: (why) => listener.parts.actor.log('channel', { trouble: why }),
      })
    },
    close: () => chat.close(),
  }
}

async function threadOf(chat: DiscordChat, channel: string, memory: ChatMemory, trial: number): Promise<string> {
  const name = `trial-${trial}`
  const known = memory.get(name)
  if (known !== null) return known
  const made = idOf(
    await chat.call('POST', `/channels/${channel}/threads`, { name, type: PUBLIC_THREAD, auto_archive_duration: 1440 }),
  )
  memory.set(name, made)
  return made
}

function statusPort(chat: DiscordChat, channel: string): StatusPort {
  const escaped = (text: string): object => content(fitted({ text }, ROOM).text, [])
  return {
    post: async (text) => idOf(await chat.call('POST', `/channels/${channel}/messages`, escaped(text))),
    edit: async (ref, text) => void (await chat.call('PATCH', `/channels/${channel}/messages/${ref}`, escaped(text))),
    pin: async (ref) => void (await chat.call('PUT', `/channels/${channel}/messages/pins/${ref}`)),
    async pinned() {
      const own = idOf(await chat.call('GET', '/users/@me'))
      const listed = await chat.call('GET', `/channels/${channel}/messages/pins`)
      const items: readonly unknown[] = isObject(listed) && Array.isArray(listed['items']) ? listed['items'] : []
      return items.flatMap((item) => {
        const message = isObject(item) ? item['message'] : null
        if (!isObject(message) || !isObject(message['author']) || message['author']['id'] !== own) return []
        return [{ ref: idOf(message), text: String(message['content'] ?? '') }]
      })
    },
    isGone: ({ code }) => code === UNKNOWN_MESSAGE,
  }
}

/** Escapes all markup characters. */
function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeMarkdown(line))
    .join('\n')
}

const ROOM: Room = { quoted: escapeLines, longest: LONGEST_CONTENT }

/** Returns message content without mentions and link previews. @param text The escaped text. */
function content(text: string, components: readonly object[]): object {
  return { content: text || ' ', allowed_mentions: { parse: [] }, flags: SUPPRESS_EMBEDS, components }
}

function buttons(id: string, run: string, { channel, authenticate }: ChatPlace): object {
  const button = (verdict: 'approve' | 'reject'): object => ({
    type: BUTTON,
    style: STYLES[verdict],
    label: verdict === 'approve' ? 'Approve' : 'Reject',
    custom_id: buttonText({ run, action: id.replace('.', '-'), verdict }, channel, authenticate),
  })
  return { type: ACTION_ROW, components: [button('approve'), button('reject')] }
}

/** Returns the channel with the sweep's name, as in HyperHerd. It is created if it does not exist. */
async function channelByName(chat: DiscordChat, { guild, channelName }: DiscordConfig, sweep: string): Promise<string> {
  const name = (channelName ?? sweep)
    .toLowerCase()
    .replaceAll(/[_ ]/g, '-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 100)
  const known = await chat.call('GET', `/guilds/${guild}/channels`)
  const all: readonly unknown[] = Array.isArray(known) ? known : []
  const found = all.find((one) => isObject(one) && one['name'] === name)
  if (found !== undefined) return idOf(found)
  return idOf(await chat.call('POST', `/guilds/${guild}/channels`, { name, type: TEXT_CHANNEL }))
}

function idOf(value: unknown): string {
  if (isObject(value) && typeof value['id'] === 'string') return value['id']
  throw new Error('Discord returned no id')
}
