import type { AnswerVerdict } from '../button.ts'
import type { SendResult } from '../queue/lane.ts'
import type { ChannelKind, NotifyMessage } from '../types.ts'

/** A message to send, and the buttons below it. */
export interface Outgoing {
  /** Identifies the delivery, so that a receiver can detect a duplicate. */
  readonly id: string
  readonly message: NotifyMessage
  /** The hidden values of the buttons on a message that needs an answer; null if it does not need one, or if the channel has no buttons. */
  readonly buttons: Readonly<Record<AnswerVerdict, string>> | null
}

/** An open channel. It never throws: failures are returned as results. */
export interface NotifyChannel {
  readonly name: string
  readonly kind: ChannelKind
  /** Where messages are sent, without secrets: `hooks.slack.com`. */
  readonly target: string
  /** The chat that answers must come from; null if nobody can answer. */
  readonly chat: string | null
  send(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult>
  /** Changes a message that was sent, and removes its buttons. */
  edit?(ref: string, message: NotifyMessage, note: string, signal: AbortSignal): Promise<SendResult>
  /** Starts receiving answers. */
  listen?(listener: AnswerListener): Promise<void>
  close(): Promise<void>
}

/** Someone pressed a button. */
export interface Pressed {
  /** The hidden value of the button, as received. */
  readonly data: string
  /** The chat in which the button was pressed. */
  readonly chat: string
  /** The ID of the user who pressed it. */
  readonly user: string
}

export interface AnswerListener {
  /** Returns the sentence that the user sees. */
  onPress(pressed: Pressed): Promise<string>
  /** Reports a problem to the person at the terminal, in one line. */
  onTrouble(text: string): void
}

/** Receives answers to proposals; `@hotcb/autopilot/node` has such functions. They return the sentence to show. */
export interface ApprovalPort {
  approve(runDir: string, action: string, author: string): Promise<string>
  reject(runDir: string, action: string, author: string, note: string): Promise<string>
}
