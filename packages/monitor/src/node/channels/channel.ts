import type { MonitorParts } from '../monitor-parts.ts'
import type { Post } from '../post.ts'

/** A channel in which people read a monitor's messages and answer them. */
export interface Channel {
  readonly name: string
  /** Posts a message. @throws Error with a one-line message if it could not be posted. */
  post(post: Post): Promise<void>
  /** Shows the status: one message, pinned and edited in place. @throws Error as {@link Channel.post}. */
  show?(text: string): Promise<void>
  /** Starts receiving commands, answers and messages. */
  listen?(listener: ChannelListener): Promise<void>
  close(): Promise<void>
}

/** The services that the monitor provides to channels. */
export interface ChannelListener {
  readonly parts: MonitorParts
  /** Runs a task between two ticks. */
  exclusive(task: () => Promise<void>): void
}
