import { isatty } from 'node:tty'
import { messageOf } from '@hotcb/protocol'
import { terminalText, warn, writeBlock } from '@hotcb/protocol/node'

/** The demo's output. */
export interface Screen {
  /** Whether it is a terminal, whose last line may be rewritten. */
  readonly isTerminal: boolean
  columns(): number
  /** Writes text that is safe for a terminal: printable, except for line breaks and the demo's own control sequences. */
  write(text: string): void
}

/** Returns the output of the demo: its control sequences are marked by `control`, everything else in a text is data. */
export function openScreen(given: Screen | undefined): Screen {
  if (given === undefined) return standardOutput()
  return {
    isTerminal: given.isTerminal,
    columns: () => given.columns(),
    write: (text) => given.write(terminalText(text, 'lines')),
  }
}

/**
 * Standard output. If a reader closes the pipe (`hotcb demo | head -1`) or the disk is full, printing stops but training continues. This is
 * reported once on standard error.
 */
function standardOutput(): Screen {
  let isLost = false
  return {
    isTerminal: isatty(1) && process.env['TERM'] !== 'dumb',
    columns: () => process.stdout.columns || 80,
    write(text) {
      if (isLost) return
      try {
        writeBlock(1, text)
      } catch (error) {
        isLost = true
        const why = messageOf(error)
        warn(`hotcb: standard output is lost (${why}): the training continues without it`)
      }
    },
  }
}

/** Prints nothing. */
export const NO_SCREEN: Screen = { isTerminal: false, columns: () => 80, write: () => undefined }
