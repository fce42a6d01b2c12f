import { bodyOf } from '../../text/lines.ts'
import type { NotifyChannel } from '../channel.ts'

/** The output of the terminal channel: the bell, and lines that the writer must make printable. */
export interface TerminalPort {
  line(text: string): void
  bell(): void
}

/** Creates the channel for the notifier's own terminal. */
export function terminalChannel(name: string, rings: boolean, terminal: TerminalPort): NotifyChannel {
  return {
    name,
    kind: 'terminal',
    target: 'this terminal',
    chat: null,
    async send({ message }) {
      terminal.line(`${message.title}: ${bodyOf(message, false)}`)
      if (rings && message.level !== 'info') terminal.bell()
      return { ok: true }
    },
    close: async () => undefined,
  }
}
