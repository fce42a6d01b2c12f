import { buttonText, escapeMarkdown } from '@hotcb/notify'
import { type DiscordChat, openDiscordChat } from '@hotcb/notify/node'
import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import type { DiscordConfig } from '../../config-chat.ts'
import { OPERATOR_COMMANDS } from '../operator-commands.ts'
import type { Channel } from './channel.ts'
import { type ChatPlace, chatAnswers } from './chat-answers.ts'
import type { ChatMemory } from './chat-memory.ts'

const LONGEST_CONTENT = 2000
const SUPPRESS_EMBEDS = 1 << 2
/** Kinds of Discord's API. */
const PUBLIC_THREAD = 11
const ACTION_ROW = 1
const BUTTON = 2
const STYLES = { approve: 3, reject: 4 } as const
const TEXT_CHANNEL = 0

export interface DiscordParts {
  readonly config: DiscordConfig
  readonly token: Secret
  readonly place: Omit<ChatPlace, 'channel'>
  readonly tag: string
  readonly memory: ChatMemory
  readonly sweep: string
}

/** A channel of Discord: posts, a thread for each trial, one status message that is edited, buttons, and slash commands. */
export async function discordChannel(parts: DiscordParts): Promise<Channel> {
  const { config, token, tag, memory } = parts
  const chat = await openDiscordChat(config.api, token)
  const channel = config.channel ?? (await channelByName(chat, config, parts.sweep))
  const place: ChatPlace = { ...parts.place, channel }
  const say = async (where: string, text: string, components: readonly object[]): Promise<string> =>
    idOf(await chat.call('POST', `/channels/${where}/messages`, content(text, components)))
  const threadOf = async (trial: number): Promise<string> => {
    const name = `trial-${trial}`
    const known = memory.get(name)
    if (known !== null) return known
    const made = idOf(
      await chat.call('POST', `/channels/${channel}/threads`, {
        name,
        type: PUBLIC_THREAD,
        auto_archive_duration: 1440,
      }),
    )
    memory.set(name, made)
    return made
  }
  return {
    name: 'discord',
    async post({ text, trial, proposal, file }) {
      const where = trial === undefined ? channel : await threadOf(trial)
      const components = proposal === undefined ? [] : [buttons(proposal, tag, place)]
      await say(where, file === undefined ? text : `${text}\n${file.text}`, components)
    },
    async show(text) {
      const known = memory.get('status')
      if (known !== null)
        return void (await chat.call('PATCH', `/channels/${channel}/messages/${known}`, content(text, [])))
      memory.set('status', await say(channel, text, []))
    },
    async listen(listener) {
      const answers = chatAnswers(place, listener)
      const shown = (act: (show: (text: string) => void) => void): Promise<string> =>
        new Promise((resolve) => act((text) => resolve(escapeMarkdown(text))))
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

/** Every character of markup quoted, nobody mentioned, no links unfolded. */
function content(text: string, components: readonly object[]): object {
  const lines = text.split('\n').map((line) => escapeMarkdown(line))
  return {
    content: lines.join('\n').slice(0, LONGEST_CONTENT) || ' ',
    allowed_mentions: { parse: [] },
    flags: SUPPRESS_EMBEDS,
    components,
  }
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

/** The channel with the name of the sweep, as HyperHerd writes it; it is made where there is none. */
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
  throw new Error('Discord answers without an id')
}
