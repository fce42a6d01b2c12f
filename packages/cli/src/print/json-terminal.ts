import type { Terminal } from './terminal.ts'

/**
 * Creates the terminal for a command with `--json`. Standard output contains only JSON. Text for people becomes a note on standard
 * error, which is also JSON.
 */
export function jsonTerminal(terminal: Terminal): Terminal {
  const note = (line: string): void => terminal.report({ note: line })
  const plain = (text: string): string => text
  return {
    ...terminal,
    colour: false,
    out: note,
    err: note,
    bold: plain,
    dim: plain,
    red: plain,
    green: plain,
    yellow: plain,
    cyan: plain,
  }
}
