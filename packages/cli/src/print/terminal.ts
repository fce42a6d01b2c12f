import { fstatSync } from 'node:fs'
import { control, orEnd, writeBlock, writeJson, writeLine } from '@hotcb/protocol/node'

/**
 * Standard output and error, and their capabilities.
 *
 * The output may contain text from any file, so only the colours below reach the terminal as control sequences. The process exits when the
 * reader of its output closes the pipe.
 */
export interface Terminal {
  /** Whether standard output is an interactive terminal. */
  readonly isTerminal: boolean
  readonly unicode: boolean
  readonly colour: boolean
  /** Returns the width of the terminal in columns; 80 if there is none. */
  columns(): number
  /** Writes one line to standard output. Line ends and tabs within it become spaces. */
  out(line: string): void
  /** Writes trusted lines, such as a help page, to standard output. */
  page(lines: string): void
  /** Writes one line of JSON to standard output. */
  json(value: unknown): void
  /** Writes one line to standard error, like `out`. */
  err(line: string): void
  /** Writes one line of JSON to standard error. */
  report(value: unknown): void
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Options of {@link openTerminal}. */
export interface TerminalOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** False for `--no-color`. */
  readonly colour?: boolean
}

/** Opens the terminal of this process. */
export function openTerminal({ env, colour: wanted = true }: TerminalOptions): Terminal {
  const isTerminal = isTty(1)
  const colour = wanted && hasColour(env, isTerminal)
  const paint = (open: number, close: number) => (text: string) =>
    colour && text !== '' ? control(`[${open}m`) + text + control(`[${close}m`) : text
  return {
    isTerminal,
    colour,
    unicode: hasUnicode(env),
    columns: () => (isTerminal ? process.stdout.columns || 80 : 80),
    out: (line) => orEnd(() => writeLine(1, line)),
    page: (lines) => orEnd(() => writeBlock(1, `${lines}\n`)),
    json: (value) => orEnd(() => writeJson(1, value)),
    err: (line) => orEnd(() => writeLine(2, line)),
    report: (value) => orEnd(() => writeJson(2, value)),
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

// A terminal is a character device. Only then is `node:tty` loaded to verify it.
function isTty(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd)
  } catch {
    return false
  }
}

// https://no-color.org and https://force-color.org.
function hasColour(env: TerminalOptions['env'], isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true
  return isTerminal && env['TERM'] !== 'dumb'
}

function hasUnicode(env: TerminalOptions['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return env['TERM'] !== 'linux' && !/^(C|POSIX)$/.test(locale)
}
