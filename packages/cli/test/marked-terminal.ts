import { escapeControls } from '@hotcb/protocol'
import { terminalText } from '@hotcb/protocol/node'
import type { Terminal } from '../src/print/terminal.ts'

/** The text that was written to standard output and error. */
export interface Kept {
  readonly out: string
  readonly err: string
}

/** A terminal that appends its output to `printed`, as a pipe receives it. */
export function keepingTerminal(printed: { out: string; err: string }, more: Partial<Terminal> = {}): Terminal {
  const plain = (text: string): string => text
  const write = (to: 'out' | 'err', text: string): void => {
    printed[to] += text
  }
  return {
    ...{ isTerminal: false, unicode: true, colour: false, columns: () => 80 },
    out: (line) => write('out', `${terminalText(line, 'line')}\n`),
    page: (lines) => write('out', terminalText(`${lines}\n`, 'lines')),
    json: (value) => write('out', `${escapeControls(JSON.stringify(value))}\n`),
    err: (line) => write('err', `${terminalText(line, 'line')}\n`),
    report: (value) => write('err', `${escapeControls(JSON.stringify(value))}\n`),
    ...{ bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain },
    ...more,
  }
}

const tag = (name: string) => (text: string) => (text === '' ? '' : `<${name}>${text}</${name}>`)

/** Shows styles as tags: `<bold>text</bold>`, in wide lines. */
export const MARKS: Partial<Terminal> = {
  ...{ colour: true, columns: () => 200 },
  ...{ bold: tag('bold'), dim: tag('dim'), red: tag('red'), green: tag('green'), yellow: tag('yellow') },
  cyan: tag('cyan'),
}

/** A terminal that keeps its output, and writes styles as tags. */
export function markedTerminal(more: Partial<Terminal> = {}): Terminal & { readonly printed: Kept } {
  const printed = { out: '', err: '' }
  return { ...keepingTerminal(printed, { ...MARKS, ...more }), printed }
}
