import { messageOf } from '@hotcb/protocol'
import type { ChatConfig } from '../../config-chat.ts'
import type { MonitorPort } from '../monitor-parts.ts'
import type { Post } from '../post.ts'
import type { Channel, ChannelListener } from './channel.ts'
import { consoleChannel } from './console.ts'

/** All channels of a monitor. */
export interface Channels {
  /** Returns what went wrong, a line each. */
  post(post: Post): Promise<readonly string[]>
  /** Shows the status at once. */
  show(text: string): Promise<void>
  /** Shows it where the last one is old enough. */
  refresh(text: () => string): Promise<void>
  listen(listener: ChannelListener): Promise<void>
  scrub(text: string): string
  close(): Promise<void>
}

export interface ChannelsOptions {
  readonly port: MonitorPort
  readonly consoleOnly: boolean
  readonly force: boolean
  readonly scrub: (text: string) => string
  readonly sweep: string
}

/** @throws SweepError `config` where a chat is configured and its token is missing. */
export async function openChannels(_chat: ChatConfig, { port }: ChannelsOptions): Promise<Channels> {
  const channels: readonly Channel[] = [consoleChannel((text) => port.line(text))]
  const each = async (act: (channel: Channel) => Promise<void> | undefined): Promise<readonly string[]> => {
    const troubles: string[] = []
    for (const channel of channels) {
      try {
        await act(channel)
      } catch (error) {
        troubles.push(`${channel.name}: ${messageOf(error)}`)
      }
    }
    return troubles
  }
  return {
    post: (post) => each((channel) => channel.post(post)),
    show: async (text) => void (await each((channel) => channel.show?.(text))),
    refresh: async (text) => void (await each((channel) => channel.show?.(text()))),
    listen: async (listener) => void (await each((channel) => channel.listen?.(listener))),
    scrub: (text) => text,
    close: async () => void (await each((channel) => channel.close())),
  }
}
