import { expect, onTestFinished, test, vi } from 'vitest'
import { NO_SCREEN, openScreen } from '../src/run/screen.ts'
import { paper } from './run-support.ts'

const terminal = vi.hoisted(() => ({
  ...{ isTerminal: true, failure: null as Error | null },
  ...{ written: [] as unknown[], warned: [] as string[] },
}))
vi.mock('node:tty', () => ({ isatty: (fd: number) => fd === 1 && terminal.isTerminal }))
vi.mock('@hotcb/protocol/node', async (load) => ({
  ...(await load<typeof import('@hotcb/protocol/node')>()),
  writeBlock(fd: number, text: string) {
    if (terminal.failure !== null) throw terminal.failure
    terminal.written.push([fd, text])
  },
  warn: (line: string) => void terminal.warned.push(line),
}))

/** The columns that standard output reports. */
function columnsOf(columns: number | undefined): number {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'columns')
  Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true })
  try {
    return openScreen(undefined).columns()
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.stdout, 'columns')
    else Object.defineProperty(process.stdout, 'columns', before)
  }
}

test('standard output is a terminal if it can be redrawn', () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('TERM', 'xterm')
  expect(openScreen(undefined).isTerminal).toBe(true)
  vi.stubEnv('TERM', 'dumb')
  expect(openScreen(undefined).isTerminal).toBe(false)
  vi.stubEnv('TERM', 'xterm')
  terminal.isTerminal = false
  expect(openScreen(undefined).isTerminal).toBe(false)
})

test('standard output has the width of its terminal, and 80 columns without one', () => {
  expect([columnsOf(120), columnsOf(undefined), columnsOf(0)]).toEqual([120, 80, 80])
})

test('a lost standard output is reported once, and nothing more is written to it', () => {
  const screen = openScreen(undefined)
  screen.write('one\n')
  expect(terminal.written).toEqual([[1, 'one\n']])
  expect(terminal.warned).toEqual([])
  terminal.failure = new Error('the disk is full')
  screen.write('two\n')
  terminal.failure = null
  screen.write('three\n')
  expect(terminal.written).toEqual([[1, 'one\n']])
  expect(terminal.warned).toEqual([
    'hotcb: standard output is lost (the disk is full): the training continues without it',
  ])
})

test('a screen that is given keeps its size, and receives text that is safe for a terminal', () => {
  const given = paper(true)
  const screen = openScreen(given)
  screen.write('a\u0007b\nc')
  expect([screen.isTerminal, screen.columns(), given.text()]).toEqual([true, 60, 'a\ufffdb\nc'])
  expect(openScreen(paper()).isTerminal).toBe(false)
})

test('a screen that prints nothing has the usual width, and accepts everything', () => {
  expect([NO_SCREEN.isTerminal, NO_SCREEN.columns(), NO_SCREEN.write('x')]).toEqual([false, 80, undefined])
})
