import { control, orEnd, writeBlock } from '@hotcb/protocol/node'

/** The terminal in full-screen mode. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Replaces the whole screen with these lines, starting at the top. */
  show(lines: readonly string[]): void
  /** Resolves to `quit` for q and Escape, and to `interrupt` for Ctrl-C. */
  readonly over: Promise<'quit' | 'interrupt'>
  onResize(listener: () => void): void
  /** Leaves full-screen mode from within the program. */
  end(): void
  /** Restores the terminal. Later calls do nothing, because they would move the cursor back over newer output. */
  close(): void
}

/** Enters full-screen mode: it uses the alternate screen, hides the cursor and receives keys immediately. */
export function openScreen(): Screen {
  const { stdin, stdout } = process
  let listener: (() => void) | undefined
  let end: (how: 'quit' | 'interrupt') => void = () => {}
  const over = new Promise<'quit' | 'interrupt'>((resolve) => {
    end = resolve
  })
  const onKey = (bytes: Buffer): void => {
    const key = bytes.toString()
    if (key === '\u0003') end('interrupt')
    else if (key === 'q' || key === 'Q' || key === '\u001B') end('quit')
  }
  const onSignal = (): void => end('interrupt')
  const onWindow = (): void => listener?.()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  stdout.on('resize', onWindow)
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.on('data', onKey)
  }
  write(control('[?1049h') + control('[?25l'))
  let isOpen = true
  return {
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
    // Each line erases the rest of its row, which avoids flicker. The last line has no line feed, which would scroll.
    show: (lines) =>
      write(HOME + lines.map((line) => line.replace(/[\n\t]/g, ' ') + ERASE_REST).join('\n') + ERASE_BELOW),
    over,
    onResize(given) {
      listener = given
    },
    end: () => end('quit'),
    close() {
      if (!isOpen) return
      isOpen = false
      write(control('[?25h') + control('[?1049l'))
      process.removeListener('SIGINT', onSignal)
      process.removeListener('SIGTERM', onSignal)
      stdout.removeListener('resize', onWindow)
      if (stdin.isTTY) {
        stdin.setRawMode(false)
        stdin.removeListener('data', onKey)
        stdin.pause()
      }
    },
  }
}

const HOME = control('[H')
const ERASE_REST = control('[K')
const ERASE_BELOW = control('[J')

function write(text: string): void {
  orEnd(() => writeBlock(1, text))
}
