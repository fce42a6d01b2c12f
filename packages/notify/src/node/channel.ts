import type { AnswerVerdict } from '../button.ts'
import type { SendResult } from '../queue/lane.ts'
import type { ChannelKind, NotifyMessage } from '../types.ts'

/** A message to send, and the buttons below it. */
export interface Outgoing {
  /** Identifies the delivery, so that a receiver can detect a duplicate. */
  readonly id: string
  readonly message: NotifyMessage
  /** Texts of the buttons of a message that needs an answer; null if it needs none, or the channel has no buttons. */
  readonly buttons: Readonly<Record<AnswerVerdict, string>> | null
}

/** An open channel. It never throws: a failure is a result. */
export interface NotifyChannel {
  readonly name: string
  readonly kind: ChannelKind
  /** Where messages go, without secrets: `hooks.slack.com`. */
  readonly target: string
  /** The chat that answers must come from; null if no one can answer. */
  readonly chat: string | null
  send(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult>
  /** Changes a message that was sent, and takes its buttons away. */
  edit?(ref: string, message: NotifyMessage, note: string, signal: AbortSignal): Promise<SendResult>
  /** Begins to take answers. */
  listen?(listener: AnswerListener): Promise<void>
  close(): Promise<void>
}

/** Someone pressed a button. */
export interface Pressed {
  /** The text behind the button, as received. */
  readonly data: string
  /** The chat it came from. */
  readonly chat: string
  /** The id of the user who pressed it. */
  readonly user: string
}

export interface AnswerListener {
  /** Returns the sentence that the user sees. */
  onPress(pressed: Pressed): Promise<string>
  /** Something that a person at the terminal should know, in one line. */
  onTrouble(text: string): void
}

/** Receives answers to proposals; `@hotcb/autopilot/node` has such functions. They return the sentence to show. */
export interface ApprovalPort {
  approve(runDir: string, action: string, author: string): Promise<string>
  reject(runDir: string, action: string, author: string, note: string): Promise<string>
}
