import { bodyOf } from '../../text/lines.ts'
import type { NotifyChannel } from '../channel.ts'

/** Where the terminal channel writes: a line, which the writer must make printable, and the bell. */
export interface TerminalPort {
  line(text: string): void
  bell(): void
}

/** The terminal of the notifier itself. */
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
