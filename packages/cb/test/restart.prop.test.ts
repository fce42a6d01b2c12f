import type { Env, JsonObject } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openRun, type Run, temporaryFolder } from './support.ts'

// One of four callbacks, which reports its identity and what it has seen, and fails at step 7 in its second version.
const SOURCE = (version: number): string => `
  export class Counter {
    constructor({ id }) { this.id = id; this.every = 1; this.count = 0 }
    setParams({ every }) { this.every = every }
    handle(event, env) {
      if (env.step % this.every !== 0) return
      globalThis.seenRandom.push([env.step, this.id, ${version}, ++this.count].join(' '))
      if (${version} === 2 && env.step === 7) throw new Error('at seven')
    }
    snapshot() { return this.count }
    restore(count) { this.count = count }
  }`

interface Asked {
  readonly step: number
  readonly op: 'load' | 'unload' | 'enable' | 'disable' | 'set_params'
  readonly id: string
  readonly value: number
}

const asked: fc.Arbitrary<Asked> = fc.record({
  step: fc.nat({ max: 9 }),
  op: fc.constantFrom('load', 'load', 'unload', 'enable', 'disable', 'set_params'),
  id: fc.constantFrom('a', 'b', 'own'),
  value: fc.integer({ min: 1, max: 2 }),
})

function ask(run: Run, { op, id, value }: Asked): void {
  if (op === 'set_params') run.command(op, id, { params: { every: value } })
  else if (op === 'load') run.load(id, `v${value}.mjs`, 'Counter', { enabled: value === 1 || id === 'a' })
  else run.command(op, id)
}

function open(dir: string, seen: string[]): Run {
  // The trainer's own callback has no state, so it does not have to be stored.
  let every = 1
  const own = {
    handle: (_event: string, env: Env) => void (env.step % every === 0 && seen.push(`${env.step} own`)),
    setParams: (params: JsonObject) => {
      every = Number(params['every'])
    },
    getParams: () => ({ every }),
  }
  const run = openRun({ dir, callbacks: { callbacks: { own }, warm: false } })
  for (const version of [1, 2]) run.write(`v${version}.mjs`, SOURCE(version))
  return run
}

function train(run: Run, from: number, to: number, plan: readonly Asked[]): void {
  for (let step = from; step < to; step++) {
    for (const one of plan) if (one.step === step) ask(run, one)
    run.step(step)
  }
}

test('a run with any commands, restarted at any step, equals the uninterrupted run', () => {
  const seen: string[] = []
  Reflect.set(globalThis, 'seenRandom', seen)
  const cases = fc.tuple(
    fc.array(asked, { minLength: 3, maxLength: 12 }),
    fc.integer({ min: 1, max: 9 }),
    fc.nat({ max: 3 }),
  )
  fc.assert(
    fc.property(cases, ([plan, crash, back]) => {
      seen.length = 0
      const whole = open(temporaryFolder(), seen)
      train(whole, 0, 10, plan)
      whole.close()
      const from = Math.max(0, crash - back)
      const expected = seen.filter((line) => Number(line.split(' ')[0]) >= from)

      const dir = temporaryFolder()
      const first = open(dir, seen)
      train(first, 0, from, plan)
      const snapshot = first.kernel.snapshot()
      train(first, from, crash, plan)
      seen.length = 0
      const second = open(dir, seen)
      second.kernel.continueFrom({ step: from }, snapshot)
      const later = plan.filter(({ step }) => step >= crash)
      train(second, from, 10, later)
      expect(seen).toEqual(expected)
      second.close()
    }),
    { numRuns: 25 },
  )
  Reflect.deleteProperty(globalThis, 'seenRandom')
})
