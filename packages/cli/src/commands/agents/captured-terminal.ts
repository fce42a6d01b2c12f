import type { Terminal } from '../../print/terminal.ts'

/** A terminal that collects its output, for commands that another program runs. */
export interface CapturedTerminal {
  readonly terminal: Terminal
  output(): string
  errors(): string
}

/** Creates a captured terminal. Lines and JSON look the same as in a pipe. */
export function createCapturedTerminal(): CapturedTerminal {
  const output: string[] = []
  const errors: string[] = []
  const plain = (text: string): string => text
  const oneLine = (line: string): string => line.replace(/[\r\n\t]/g, ' ')
  return {
    terminal: {
      isTerminal: false,
      unicode: true,
      colour: false,
      columns: () => 120,
      out: (line) => void output.push(oneLine(line)),
      page: (lines) => void output.push(lines),
      json: (value) => void output.push(JSON.stringify(value)),
      err: (line) => void errors.push(oneLine(line)),
      report: (value) => void errors.push(JSON.stringify(value)),
      bold: plain,
      dim: plain,
      red: plain,
      green: plain,
      yellow: plain,
      cyan: plain,
    },
    output: () => output.join('\n'),
    errors: () => errors.join('\n'),
  }
}
