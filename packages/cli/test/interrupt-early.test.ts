import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendCommands } from '../src/commands/ask/send.ts'
import type { CliContext } from '../src/context.ts'
import { openRun } from '../src/run.ts'
import { stateDocument, writeRun } from './answerer.ts'
import { temporaryDirectory } from './hotcb.ts'
import { keepingTerminal } from './marked-terminal.ts'

test('Ctrl-C is caught before a command is written, so that it is always reported', async () => {
  const dir = join(temporaryDirectory(), 'run')
  mkdirSync(dir)
  writeRun(dir, { state: stateDocument(), ledger: '' })
  const run = openRun(dir)
  const before = process.listenerCount('SIGINT')
  let during = before
  const watched: typeof run = {
    ...run,
    send: (...args) => {
      during = process.listenerCount('SIGINT')
      return run.send(...args)
    },
  }
  const printed = { out: '', err: '' }
  // Only these parts of a context are used.
  const context = {
    terminal: keepingTerminal(printed, {}),
    env: {},
    ports: {},
    json: false,
    dir,
  } as unknown as CliContext
  await sendCommands(context, [{ module: 'opt', op: 'enable', params: {} }], { conditions: {}, waitS: 0 }, watched)
  expect(during).toBe(before + 1)
  expect(process.listenerCount('SIGINT')).toBe(before)
})
