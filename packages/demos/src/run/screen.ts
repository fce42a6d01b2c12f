/** Where the demo prints. */
export interface Screen {
  /** A person's terminal: its last line may be rewritten. */
  readonly isTerminal: boolean
  columns(): number
  write(text: string): void
}

/** Standard output. */
export function standardOutput(): Screen {
  const { stdout } = process
  return {
    isTerminal: stdout.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: () => stdout.columns || 80,
    write: (text) => void stdout.write(text),
  }
}

/** Prints nothing. */
export const NO_SCREEN: Screen = { isTerminal: false, columns: () => 80, write: () => undefined }
