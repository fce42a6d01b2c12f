import type { MonitorParts } from '../monitor-parts.ts'
import type { Post } from '../post.ts'

/** A channel in which people read the messages of a monitor, and answer. */
export interface Channel {
  readonly name: string
  /** @throws Error with one line where it could not be posted. */
  post(post: Post): Promise<void>
  /** Shows the status: one message, pinned and edited in place. @throws Error as `post`. */
  show?(text: string): Promise<void>
  /** Begins to take commands, answers and messages. */
  listen?(listener: ChannelListener): Promise<void>
  close(): Promise<void>
}

/** The services of the monitor for channels. */
export interface ChannelListener {
  readonly parts: MonitorParts
  /** Carries something out between two ticks. */
  exclusive(task: () => Promise<void>): void
}
