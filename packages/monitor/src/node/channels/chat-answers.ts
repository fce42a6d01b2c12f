import { readButton } from '@hotcb/notify'
import { messageOf, printable } from '@hotcb/protocol'
import { addToInbox } from '../monitor-files.ts'
import { type CommandAnswer, runCommand } from '../operator-commands.ts'
import { scrubbedPost } from '../post.ts'
import type { Channel, ChannelListener } from './channel.ts'
import { fits, type Room } from './fitted.ts'

/** People's commands and answers in one chat. They are accepted only from operators in this sweep's channel. */
export interface ChatAnswers {
  /** Carries out a command. Returns immediately; the outcome is shown through `show`. */
  command(event: ChatEvent, show: (text: string) => void): void
  press(event: ChatEvent, show: (text: string) => void): void
  mention(event: ChatEvent): void
}

interface ChatEvent {
  readonly text: string
  readonly channel: string
  readonly user: string
}

export interface ChatPlace {
  /** `slack` or `discord`. */
  readonly via: string
  readonly channel: string
  readonly operators: readonly string[]
  /** Computes the codes of buttons. */
  readonly authenticate: (text: string) => string
  /** The limits for one message. */
  readonly room: Room
}

export const NOT_ALLOWED = "only this sweep's operators may do this (`monitor.operators`)"

/** @param post Posts to this chat. */
export function chatAnswers(
  place: ChatPlace,
  { parts, exclusive }: ChannelListener,
  post: Channel['post'],
): ChatAnswers {
  const isAllowed = ({ channel, user }: ChatEvent): boolean =>
    channel === place.channel && place.operators.includes(user)
  const act = (event: ChatEvent, line: string, show: (text: string) => void): void => {
    const by = `${place.via}:${event.user}`
    exclusive(async () => {
      parts.actor.log('command', { by, text: printable(line).slice(0, 300) })
      show(parts.scrub(await privately(await runCommand(parts, line, by))))
    })
  }
  /** Returns the text that only the author sees: the answer if it fits, otherwise a note that says where it was posted. */
  const privately = async ({ text, file }: CommandAnswer): Promise<string> => {
    const table = file !== undefined && typeof file.content === 'string' ? `${text}\n${file.content}` : text
    if (fits(table, place.room) && (file === undefined || typeof file.content === 'string')) return table
    try {
      await post(scrubbedPost({ kind: 'message', text, ...(file !== undefined && { file }) }, parts.scrub))
      return 'the answer was posted in the channel'
    } catch (error) {
      return `the answer could not be posted: ${messageOf(error)}`
    }
  }
  return {
    command(event, show) {
      if (isAllowed(event)) act(event, event.text, show)
      else show(NOT_ALLOWED)
    },
    press(event, show) {
      const press = isAllowed(event) ? readButton(event.text, event.channel, place.authenticate) : undefined
      if (press === undefined) return show(NOT_ALLOWED)
      act(event, `/${press.verdict} ${press.action.replace('-', '.')}`, show)
    },
    mention(event) {
      if (!isAllowed(event) || event.text === '') return
      const timestamp = new Date(parts.nowMs()).toISOString()
      const { text, user: author } = event
      addToInbox(parts.workspace.paths.state, { timestamp, source: place.via, author, text, isOperator: true })
    },
  }
}
