import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printable } from '@hotcb/protocol'
import type { PostFile } from '../post.ts'
import type { Channel } from './channel.ts'

/**
 * Creates a channel for the terminal of the person who started the monitor. Tables are printed; pictures are written to files.
 *
 * @param pictures The directory for pictures. A new picture replaces an older one with the same name.
 */
export function consoleChannel(line: (text: string) => void, pictures: string): Channel {
  const show = ({ name, content }: PostFile): void => {
    if (typeof content === 'string') for (const one of content.split('\n')) line(`  ${printable(one)}`)
    else {
      const path = join(pictures, name)
      mkdirSync(pictures, { recursive: true })
      writeFileSync(path, content)
      line(`  ${printable(path)}`)
    }
  }
  return {
    name: 'console',
    async post({ text, proposal, file }) {
      const hint = proposal === undefined ? '' : `  [${proposal}: /approve ${proposal} or /reject ${proposal}]`
      for (const [at, one] of text.split('\n').entries()) line(`${at === 0 ? '> ' : '  '}${printable(one)}`)
      if (hint !== '') line(hint)
      if (file !== undefined) show(file)
    },
    close: async () => undefined,
  }
}
