import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Json, parseJson } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CommandQueue, type Controls, createControls } from '../src/index.ts'
import { openQueue } from '../src/node/queue.ts'
import { acksOf, write } from './queue.ts'

/** Events of a training run, one after another. */
type Act =
  | { readonly kind: 'ask'; readonly what: 'add' | 'add-next' | 'save' | 'refused' | 'nothing'; readonly times: number }
  /** The first bytes of a line; the rest follows with the next event that writes. */
  | { readonly kind: 'half'; readonly part: number }
  | { readonly kind: 'twice' }
  | { readonly kind: 'garbage'; readonly text: string }
  | { readonly kind: 'poll' }
  | { readonly kind: 'save' }
  | { readonly kind: 'full'; readonly on: boolean }
  /** The trainer dies at its `at`-th action from now on; if that is a write, it is cut to this length. */
  | { readonly kind: 'die'; readonly at: number; readonly part: number }
  /** The trainer dies now, and continues from the checkpoint that is this many before the last one. */
  | { readonly kind: 'restart'; readonly back: number }
  /** The trainer loads a checkpoint without a restart. */
  | { readonly kind: 'load'; readonly back: number }

// How much of a text is written; -1: everything except its newline.
const part = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(-1, 1))
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      what: fc.constantFrom(
        'add' as const,
        'add-next' as const,
        'add' as const,
        'save' as const,
        'refused' as const,
        'nothing' as const,
      ),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('half' as const), part }) },
  { weight: 1, arbitrary: fc.constant<Act>({ kind: 'twice' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('garbage' as const),
      text: fc.constantFrom('{', '5', 'null', '[]', '{"path":[1]}', '\u0000'),
    }),
  },
  { weight: 8, arbitrary: fc.constant<Act>({ kind: 'poll' }) },
  { weight: 4, arbitrary: fc.constant<Act>({ kind: 'save' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('full' as const), on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('die' as const), at: fc.integer({ min: 0, max: 6 }), part }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), back: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('load' as const), back: fc.integer({ min: 0, max: 3 }) }) },
)

interface Checkpoint {
  readonly applied: readonly number[]
  readonly controls: Json
}

/** A trainer on a real queue with a simulated death and disk. */
class World {
  readonly dir: string
  readonly checkpoints: Checkpoint[] = []
  readonly asked: string[] = []
  readonly wanted: number[] = []
  garbage = 0
  #rest = ''
  #lines: string[] = []
  #state: { applied: number[] } = { applied: [] }
  #controls: Controls<{ applied: number[] }>
  #dieIn = Number.POSITIVE_INFINITY
  #part = 1
  #isFull = false

  constructor(dir: string) {
    this.dir = dir
    this.#controls = this.#start(undefined)
  }

  get isDead(): boolean {
    return this.#dieIn < 0
  }

  get applied(): readonly number[] {
    return this.#state.applied
  }

  do(one: Act): void {
    if (one.kind === 'ask') for (let i = 0; i < one.times; i++) this.#ask(one.what)
    else if (one.kind === 'half') this.#half(one.part)
    else if (one.kind === 'twice') this.#line(this.#lines[0] ?? '')
    else if (one.kind === 'garbage') {
      this.garbage++
      // It is at a different position than before, so it is a different line.
      this.#line(one.text)
    } else if (one.kind === 'poll') this.poll()
    else if (one.kind === 'save') this.save()
    else if (one.kind === 'full') this.#isFull = one.on
    else if (one.kind === 'die') [this.#dieIn, this.#part] = [one.at, one.part]
    else if (one.kind === 'load') this.#load(one.back)
    else this.restart(one.back)
    if (this.isDead) this.restart(0)
  }

  poll(): void {
    // This is the state itself. Changes after death go to a discarded copy.
    this.#controls.pollAndApply({ ctx: this.#state, every: 0 })
  }

  save(): void {
    const controls = this.#controls.snapshot()
    // A checkpoint is saved completely or not at all, like a rename.
    if (this.#lives()) this.checkpoints.push({ applied: [...this.#state.applied], controls })
  }

  restart(back: number): void {
    this.#controls.close()
    this.#dieIn = Number.POSITIVE_INFINITY
    this.#controls = this.#start(this.checkpoints.at(-1 - back))
  }

  finish(): void {
    this.#isFull = false
    this.#line('')
    this.restart(0)
    for (let i = 0; i < 3 * this.#lines.length + 3; i++) this.poll()
    this.#controls.close()
  }

  #start(checkpoint: Checkpoint | undefined): Controls<{ applied: number[] }> {
    this.#state = { applied: [...(checkpoint?.applied ?? [])] }
    let time = 0
    const controls = createControls<{ applied: number[] }>(
      {
        openQueue: (dir) => this.#faulty(openQueue(dir, () => time)),
        // Each clock reading adds a quarter of a millisecond, so acks are written in groups.
        now: () => {
          time += 0.25
          return time
        },
        wallTime: () => 1,
        newId: () => `id ${Math.random()}`,
        parse: parseJson,
      },
      { budgetMs: 1 },
    )
    controls.register('add', (ctx, n) => void (this.#lives() && ctx.applied.push(n)), {
      validate: (n: Json) => Number(n),
    })
    controls.register('add-next', (ctx, n) => void (this.#lives() && ctx.applied.push(n)), {
      validate: (n: Json) => Number(n) + 1,
    })
    controls.register('save', () => this.save())
    controls.register('refused', () => {
      throw new Error('no')
    })
    controls.restore(checkpoint?.controls ?? null)
    controls.configure(this.dir)
    return controls
  }

  /** Counts the trainer's actions. Returns false if it is dead. */
  #lives(): boolean {
    if (this.#dieIn >= 0) this.#dieIn--
    return this.#dieIn >= 0
  }

  #faulty(queue: CommandQueue): CommandQueue {
    let kept = ''
    const put = (text: string): string | null => {
      if (this.isDead) return null
      kept += text
      if (!this.#lives()) {
        appendFileSync(join(this.dir, 'acks.jsonl'), firstPart(kept, this.#part))
        return null
      }
      if (this.#isFull) return 'no space left'
      const all = kept
      kept = ''
      return queue.append(all)
    }
    return {
      ...queue,
      append: put,
      flush: () => (kept === '' ? null : put('')),
      get ackBytes() {
        return queue.ackBytes
      },
    }
  }

  #load(back: number): void {
    const checkpoint = this.checkpoints.at(-1 - back)
    this.#state.applied = [...(checkpoint?.applied ?? [])]
    this.#controls.restore(checkpoint?.controls ?? null)
  }

  #ask(what: 'add' | 'add-next' | 'save' | 'refused' | 'nothing'): void {
    const n = this.asked.length
    this.asked.push(`c${n}`)
    if (what === 'add' || what === 'add-next') this.wanted.push(n)
    this.#line(JSON.stringify({ id: `c${n}`, path: what, args: [what === 'add-next' ? n - 1 : n] }))
  }

  #half(part: number): void {
    const n = this.asked.length
    this.asked.push(`c${n}`)
    this.wanted.push(n)
    const line = JSON.stringify({ id: `c${n}`, path: 'add', args: [n] })
    this.#line('')
    const first = firstPart(line, part)
    write(this.dir, first)
    this.#rest = `${line.slice(first.length)}\n`
  }

  #line(text: string): void {
    write(this.dir, `${this.#rest}${text}\n`)
    this.#rest = ''
    if (text.startsWith('{"id"')) this.#lines.push(text)
  }
}

function firstPart(text: string, part: number): string {
  return text.slice(0, part < 0 ? -1 : Math.round(text.length * part))
}

test('each command is applied once and acked once, no matter when a trainer dies and restarts', () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 40 }), (acts) => {
      const dir = mkdtempSync(join(tmpdir(), 'hotcb-controls-'))
      try {
        const world = new World(dir)
        for (const one of acts) world.do(one)
        world.finish()
        const acks = acksOf(dir).map(({ id }) => String(id))
        expect(acks.filter((id) => id.startsWith('c')).sort()).toEqual([...world.asked].sort())
        expect(acks.filter((id) => id.startsWith('o')).length).toBe(world.garbage)
        expect([...world.applied].sort((a, b) => a - b)).toEqual(world.wanted)
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    }),
    { numRuns: 600 },
  )
})
