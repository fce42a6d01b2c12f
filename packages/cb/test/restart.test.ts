import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { openRun, type Run, recorded, recorder, temporaryFolder } from './support.ts'

// A callback that counts events and stores its count in a snapshot.
const COUNTER = `
  export class Counter {
    constructor() { this.count = 0 }
    handle(event, env) { this.count++; globalThis.seenCount.push(env.step + ':' + this.count) }
    snapshot() { return this.count }
    restore(count) { this.count = count }
  }`

const BAD =
  'export class Bad { handle(event, env) { globalThis.seenCount.push("bad " + env.step); if (env.step === 4) throw new Error("boom") } }'

/** Trains steps `from` to `to` with a plan of commands by step. */
function train(run: Run, from: number, to: number, plan: Readonly<Record<number, (run: Run) => void>> = {}): void {
  for (let step = from; step < to; step++) {
    plan[step]?.(run)
    run.step(step)
  }
}

const PLAN: Readonly<Record<number, (run: Run) => void>> = {
  1: (run) => {
    run.load('count', run.write('count.mjs', COUNTER), 'Counter')
    run.load('probe', run.write('probe.mjs', recorder('seenCount', 1)), 'Recorder')
    run.load('bad', run.write('bad.mjs', BAD), 'Bad')
  },
  3: (run) => {
    run.write('probe.mjs', recorder('seenCount', 2))
    run.load('probe', 'probe.mjs', 'Recorder')
  },
  6: (run) => run.command('set_params', 'probe', { params: { every: 2 } }),
  8: (run) => run.command('unload', 'count'),
}

test('a run that is killed and restarted at any step equals the uninterrupted run', () => {
  const seen = recorded('seenCount')
  train(openRun(), 0, 10, PLAN)
  const whole = seen.filter((line) => !line.startsWith('closed'))
  expect(whole).toContain('bad 4')
  expect(whole).not.toContain('bad 5')
  const expected = linesByStep(whole)

  for (let crash = 2; crash <= 10; crash++) {
    for (const back of [0, 1, 2]) {
      seen.length = 0
      const dir = temporaryFolder()
      const first = openRun({ dir })
      const start = Math.max(0, crash - back)
      train(first, 0, start, PLAN)
      const snapshot = first.kernel.snapshot() as JsonObject
      train(first, start, crash, PLAN)
      // The file has been edited since. Only the bytes that ran matter.
      writeFileSync(join(dir, 'probe.mjs'), 'export class Recorder { handle() { throw new Error("not this") } }')
      seen.length = 0
      const second = openRun({ dir })
      second.kernel.continueFrom({ step: start }, snapshot)
      const later = Object.fromEntries(Object.entries(PLAN).filter(([step]) => Number(step) >= crash))
      train(second, start, 10, later)
      const ran = seen.filter((line) => !line.startsWith('closed'))
      const rest = Object.fromEntries(Object.entries(expected).filter(([step]) => Number(step) >= start))
      expect(linesByStep(ran), `crash before ${crash}, again from ${start}`).toEqual(rest)
    }
  }
})

test('a callback that fails while history is re-applied is disabled in the ledger as soon as modules can submit', () => {
  const seen = recorded('seenCount')
  const dir = temporaryFolder()
  const plan: Readonly<Record<number, (run: Run) => void>> = {
    1: (run) => {
      run.load('count', run.write('count.mjs', COUNTER), 'Counter')
      const bad =
        'export class Bad { handle(event, env) { if (globalThis.seenCount.includes("fail now")) throw new Error("boom") } }'
      run.load('bad', run.write('bad.mjs', bad), 'Bad')
    },
    8: (run) => run.command('disable', 'count'),
  }
  const first = openRun({ dir })
  train(first, 0, 3, plan)
  const snapshot = first.kernel.snapshot()
  train(first, 3, 10, plan)
  seen.push('fail now')
  const second = openRun({ dir })
  second.kernel.continueFrom({ step: 3 }, snapshot)
  train(second, 3, 6)
  expect(second.status('bad')).toMatchObject({ enabled: false, calls: 1, reason: expect.stringContaining('boom') })
  train(second, 6, 40)
  const disabled = second.ledger().filter(({ op, source }) => op === 'disable' && source === 'kernel')
  expect(disabled).toMatchObject([{ id: 'bad', decision: 'applied', payload: { enabled: false, calls: 1, errors: 1 } }])
  expect(second.status('bad')).toMatchObject({ calls: 1 })
})

test('a `restore` that throws is logged, and its callback starts without its snapshot', () => {
  const seen = recorded('seenCount')
  const dir = temporaryFolder()
  const first = openRun({ dir })
  const source = COUNTER.replace('restore(count) {', 'restore(count) { if (count === 2) throw new Error("not 2");')
  train(first, 0, 3, { 1: (run) => run.load('count', run.write('count.mjs', source), 'Counter') })
  const snapshot = first.kernel.snapshot()
  first.close()
  const second = openRun({ dir })
  second.kernel.continueFrom({ step: 3 }, snapshot)
  train(second, 3, 5)
  expect(seen).toEqual(['1:1', '2:2', '3:1', '4:2'])
  expect(second.status('count')).toMatchObject({ enabled: true, calls: 2 })
  expect(second.log()).toContain('[cb count] `restore` threw, so it starts without its snapshot: Error: not 2\n')
})

test('if sources were lost, a callback can be loaded again manually and receives its snapshot', () => {
  const seen = recorded('seenCount')
  const dir = temporaryFolder()
  const first = openRun({ dir })
  train(first, 0, 5, { 1: (run) => run.load('count', run.write('count.mjs', COUNTER), 'Counter') })
  const snapshot = first.kernel.snapshot()
  first.close()
  rmSync(join(dir, 'hotcb.sources'), { recursive: true })
  const second = openRun({ dir })
  second.kernel.continueFrom({ step: 5 }, snapshot)
  expect(second.status('count')).toEqual({})
  train(second, 5, 8, { 6: (run) => run.load('count', 'count.mjs', 'Counter') })
  expect(seen).toEqual(['1:1', '2:2', '3:3', '4:4', '6:5', '7:6'])
})

function linesByStep(lines: readonly string[]): Record<string, string[]> {
  const steps: Record<string, string[]> = {}
  for (const line of lines) {
    const step = /(\d+)(:\d+)?$/.exec(line)?.[1] ?? ''
    steps[step] = [...(steps[step] ?? []), line]
  }
  return steps
}
