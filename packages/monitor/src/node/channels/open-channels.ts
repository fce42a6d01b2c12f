import { join } from 'node:path'
import { openMachineKey, runTag } from '@hotcb/notify/node'
import { messageOf } from '@hotcb/protocol'
import { openSecretStore, type Secret } from '@hotcb/run/node'
import { isSweepError, SweepError } from '@hotcb/sweep/node'
import type { ChatConfig, SecretPlace } from '../../config-chat.ts'
import type { MonitorPort } from '../monitor-parts.ts'
import type { Post } from '../post.ts'
import type { Channel, ChannelListener } from './channel.ts'
import { openChatMemory } from './chat-memory.ts'
import { type ChatUses, openChatUses, slackUses } from './chat-uses.ts'
import { consoleChannel } from './console-channel.ts'
import { discordChannel } from './discord.ts'
import { slackChannel } from './slack.ts'

/** All of a monitor's channels. */
export interface Channels {
  /** Posts to all channels. Returns the problems, one line each. */
  post(post: Post): Promise<readonly string[]>
  /** Shows the status immediately. Returns new problems, one line each. */
  show(text: string): Promise<readonly string[]>
  /** Shows the status if the last one is old enough. */
  refresh(text: () => string): Promise<readonly string[]>
  listen(listener: ChannelListener): Promise<void>
  scrub(text: string): string
  /** Whether any of them has threads for trials. */
  readonly hasThreads: boolean
  /** Shows other monitors that the chats are still in use. */
  renew(): void
  close(): Promise<void>
}

export interface ChannelsOptions {
  readonly port: MonitorPort
  readonly consoleOnly: boolean
  /** Whether to use chats even if another sweep's monitor uses them. */
  readonly forceChat: boolean
  readonly root: string
  readonly state: string
  readonly sweep: string
  readonly nowMs: () => number
}

/**
 * @throws SweepError `config` if a chat is configured but its token is missing or its client is not installed; `claimed` if another sweep's
 *   monitor uses one of the chats.
 */
export async function openChannels(chat: ChatConfig, options: ChannelsOptions): Promise<Channels> {
  const secrets = openSecretStore(options.port.env)
  const scrub = (text: string): string => secrets.scrub(text)
  const secret = (place: SecretPlace): Secret => {
    const read = secrets.read(place)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }
  const printed = consoleChannel((text) => options.port.line(text), join(options.state, 'plots'))
  const channels: Channel[] = [printed]
  const uses = openChatUses({ env: options.port.env, root: options.root, isForced: options.forceChat })
  try {
    if (!options.consoleOnly) channels.push(...(await openChats(chat, { ...options, uses }, secret)))
  } catch (error) {
    uses.release()
    if (isSweepError(error)) throw error
    throw new SweepError('config', `hyperherd.yaml: monitor: ${scrub(messageOf(error))}`)
  }
  const each = async (act: (channel: Channel) => Promise<void> | undefined): Promise<readonly string[]> => {
    const troubles: string[] = []
    for (const channel of channels) {
      try {
        await act(channel)
      } catch (error) {
        troubles.push(scrub(`${channel.name}: ${messageOf(error)}`))
      }
    }
    return troubles
  }
  const seconds = [chat.discord?.refreshSeconds, chat.slack?.refreshSeconds].filter(
    (one) => one !== undefined && one > 0,
  )
  const refreshMs = seconds.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...seconds.map(Number)) * 1000
  let shownMs = Number.NEGATIVE_INFINITY
  const told = new Set<string>()
  const show = async (text: string): Promise<readonly string[]> => {
    shownMs = options.nowMs()
    const troubles = await each((channel) => channel.show?.(text))
    // The status is shown every minute, so each problem is logged only once.
    const fresh = troubles.filter((one) => !told.has(one))
    for (const one of fresh) told.add(one)
    return fresh
  }
  return {
    post: (post) => each((channel) => channel.post(post)),
    show,
    refresh: async (text) => (options.nowMs() - shownMs >= refreshMs ? show(text()) : []),
    async listen(listener) {
      const troubles = await each((channel) => channel.listen?.(listener))
      for (const trouble of troubles) options.port.line(`no commands from ${trouble}`)
    },
    scrub,
    hasThreads: channels.length > 1,
    renew: () => uses.renew(),
    async close() {
      await each((channel) => channel.close())
      uses.release()
    },
  }
}

async function openChats(
  { discord, slack, operators }: ChatConfig,
  { port, root, state, sweep, uses }: ChannelsOptions & { readonly uses: ChatUses },
  secret: (place: SecretPlace) => Secret,
): Promise<readonly Channel[]> {
  if (discord === null && slack === null) return []
  const authenticate = openMachineKey(port.env)
  const tag = runTag(root)
  const channels: Channel[] = []
  if (discord !== null) {
    const place = { via: 'discord', operators: operators.discord, authenticate }
    const memory = openChatMemory(state, 'discord')
    const token = secret(discord.token)
    channels.push(await discordChannel({ config: discord, token, place, tag, memory, sweep, uses }))
  }
  if (slack !== null) {
    const place = { via: 'slack', channel: slack.channel, operators: operators.slack, authenticate }
    const [token, appToken] = [secret(slack.token), secret(slack.appToken)]
    const memory = openChatMemory(state, 'slack')
    for (const use of slackUses(slack.channel, appToken.reveal())) uses.begin(use)
    channels.push(await slackChannel({ config: slack, token, appToken, place, tag, memory }))
  }
  return channels
}
