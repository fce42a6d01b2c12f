import { control, orEnd, writeBlock } from '@hotcb/protocol/node'

/** The whole terminal, taken over while a picture is shown in it. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Shows lines from the top; what was there before is gone. */
  show(lines: readonly string[]): void
  /** Ends with `quit` for q and Escape, `interrupt` for ctrl-c. */
  readonly over: Promise<'quit' | 'interrupt'>
  onResize(listener: () => void): void
  /** Ends it from within. */
  end(): void
  /** Gives the terminal back as it was. */
  close(): void
}

/** Takes the terminal over: the other screen of it, without a cursor, keys given at once. */
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
  return {
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
    // Every line ends with an erasure of its rest, so that nothing flickers; the last has no line end to scroll by.
    show: (lines) =>
      write(HOME + lines.map((line) => line.replace(/[\n\t]/g, ' ') + ERASE_REST).join('\n') + ERASE_BELOW),
    over,
    onResize(given) {
      listener = given
    },
    end: () => end('quit'),
    close() {
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
