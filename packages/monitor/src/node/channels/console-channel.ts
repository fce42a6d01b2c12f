import { printable } from '@hotcb/protocol'
import type { Channel } from './channel.ts'

/** The terminal of the person who started the monitor. */
export function consoleChannel(line: (text: string) => void): Channel {
  return {
    name: 'console',
    async post({ text, proposal, file }) {
      const hint = proposal === undefined ? '' : `  [${proposal}: /approve ${proposal} or /reject ${proposal}]`
      for (const [at, one] of text.split('\n').entries()) line(`${at === 0 ? '> ' : '  '}${printable(one)}`)
      if (hint !== '') line(hint)
      for (const one of file?.text.split('\n') ?? []) line(`  ${printable(one)}`)
    },
    close: async () => undefined,
  }
}
