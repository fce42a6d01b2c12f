/** Where the demo prints. */
export interface Screen {
  /** A person's terminal: its last line may be rewritten. */
  readonly isTerminal: boolean
  columns(): number
  write(text: string): void
}

/**
 * Standard output. A reader that goes away (`hotcb demo | head -1`), or a disk that is full, ends the printing and never the
 * training: it is told once, on standard error.
 */
export function standardOutput(): Screen {
  const { stdout, stderr } = process
  let isLost = false
  // Heard for as long as the process lives: what is still to be written may fail after the training is over.
  stdout.on('error', (error) => {
    if (!isLost) stderr.write(`hotcb: standard output is lost (${error.message}): the training goes on without\n`)
    isLost = true
  })
  // Where that cannot be told either, there is nobody to tell.
  stderr.on('error', () => undefined)
  return {
    isTerminal: stdout.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: () => stdout.columns || 80,
    write: (text) => {
      if (!isLost) stdout.write(text)
    },
  }
}

/** Prints nothing. */
export const NO_SCREEN: Screen = { isTerminal: false, columns: () => 80, write: () => undefined }
