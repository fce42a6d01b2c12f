import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, type JsonObject, parseJson } from '@hotcb/protocol'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { type Controls, type ControlsOptions, createControls } from '../src/index.ts'
import { openQueue } from '../src/node/queue.ts'
import { enqueue, openControls } from '../src/node.ts'
import { acksOf, ask, brief, temporaryFolder } from './queue.ts'

interface Trainer {
  readonly optimizer: { readonly paramGroups: { lr: number }[] }
  readonly saved: unknown[]
}

function newTrainer(): Trainer {
  return { optimizer: { paramGroups: [{ lr: 0.1 }, { lr: 0.2 }] }, saved: [] }
}

function open(dir: string, options: { log?: (message: string) => void } & ControlsOptions = {}): Controls<Trainer> {
  return openControls<Trainer>({ dir, budgetMs: Number.POSITIVE_INFINITY, ...options })
}

describe("the examples of runtimectl's README", () => {
  test('its single-value validators, its controls and its commands work', () => {
    const dir = temporaryFolder()
    const trainer = newTrainer()
    const controls = openControls<Trainer>({ budgetMs: Number.POSITIVE_INFINITY })

    function validateMult(value: unknown): number {
      const mult = Number(value)
      if (!(mult > 0)) throw new RangeError('multiplier must be > 0')
      return mult
    }

    controls.register(
      'optimizer.lr.multiplier',
      ({ optimizer }, mult) => {
        expectTypeOf(mult).toEqualTypeOf<number>()
        for (const group of optimizer.paramGroups) group.lr *= mult
      },
      { validate: validateMult },
    )
    controls.register('save_ckpt', ({ saved }, ...args) => void saved.push(args))
    controls.configure(dir)
    enqueue(dir, 'optimizer.lr.multiplier', { args: [0.5] })
    enqueue(dir, 'optimizer.lr.multiplier', { args: ['0.5'] })
    enqueue(dir, 'optimizer.lr.multiplier', { args: [-1] })
    enqueue(dir, 'model.dropout.p', { args: [0.2] })
    enqueue(dir, 'save_ckpt')
    enqueue(dir, 'save_ckpt', { kwargs: { label: 'manual' } })
    const acks = controls.pollAndApply({ ctx: trainer, every: 2 })
    expect(acks.map(({ status, args, kwargs, error }) => error ?? [status, args, kwargs])).toEqual([
      ['applied', [0.5], {}],
      ['applied', [0.5], {}],
      'multiplier must be > 0',
      'unknown path: model.dropout.p',
      ['applied', [], {}],
      ['applied', [], { label: 'manual' }],
    ])
    expect(trainer.optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.025, 0.05])
    expect(trainer.saved).toEqual([[], [{ label: 'manual' }]])
    expect(acksOf(dir)).toEqual(acks)
  })
})

describe('arguments', () => {
  function call(
    register: (controls: Controls<Trainer>) => void,
    args: Json[],
    kwargs: Record<string, Json> = {},
  ): string {
    const dir = temporaryFolder()
    const controls = open(dir)
    register(controls)
    enqueue(dir, 'x', { args, kwargs })
    const [ack] = controls.pollAndApply({ ctx: newTrainer() })
    return ack?.error ?? JSON.stringify([ack?.args, ack?.kwargs])
  }

  test('a schema checks the single value, and the control receives the schema\u2019s result', () => {
    const seen: unknown[] = []
    const schema = v.pipe(v.number(), v.minValue(0, 'at least 0'), v.transform(String))
    const register = (controls: Controls<Trainer>) =>
      controls.register(
        'x',
        (_ctx, value) => {
          expectTypeOf(value).toEqualTypeOf<string>()
          seen.push(value)
        },
        { schema },
      )
    expect(call(register, [3])).toBe('[["3"],{}]')
    expect(call(register, [-3])).toBe('at least 0')
    expect(call(register, ['a'])).toBe('Invalid type: Expected number but received "a"')
    expect(call(register, [1, 2])).toBe('takes one value, got 2 arguments')
    expect(call(register, [1], { a: 1 })).toBe('takes one value, got 1 argument and 1 by name')
    expect(seen).toEqual(['3'])
  })

  test('without positional arguments, the value is the object with the named arguments', () => {
    const seen: unknown[] = []
    const schema = v.object({ label: v.optional(v.string(), 'auto'), keep: v.optional(v.number()) })
    const register = (controls: Controls<Trainer>) =>
      controls.register('x', (_ctx, { label, keep }) => void seen.push([label, keep]), { schema })
    expect(call(register, [], { label: 'manual' })).toBe('[[],{"label":"manual"}]')
    expect(call(register, [])).toBe('[[],{"label":"auto"}]')
    expect(call(register, [], { label: 5 })).toBe('`label`: Invalid type: Expected string but received 5')
    expect(seen).toEqual([
      ['manual', undefined],
      ['auto', undefined],
    ])
  })

  test('a schema and a validator run one after the other', () => {
    const register = (controls: Controls<Trainer>) =>
      controls.register('x', () => undefined, {
        schema: v.number(),
        validate: (value: number) => {
          if (value % 2 === 1) throw new Error('even numbers only')
          return value / 2
        },
      })
    expect(call(register, [8])).toBe('[[4],{}]')
    expect(call(register, [7])).toBe('even numbers only')
  })

  test("several arguments go to a validator in runtimectl's own form", () => {
    const seen: unknown[] = []
    const pair = ([a, b]: readonly Json[], kwargs: JsonObject): [[number, string], JsonObject] => [
      [Number(a), String(b)],
      kwargs,
    ]
    const register = (controls: Controls<Trainer>) =>
      controls.register(
        'x',
        (_ctx, a, b, kwargs) => {
          expectTypeOf(a).toEqualTypeOf<number>()
          expectTypeOf(b).toEqualTypeOf<string>()
          seen.push([a, b, kwargs])
        },
        { validateCall: pair },
      )
    expect(call(register, ['1', 2], { loud: true })).toBe('[[1,"2"],{"loud":true}]')
    expect(seen).toEqual([[1, '2', { loud: true }]])
    // A program without types may return anything.
    const wrong = (controls: Controls<Trainer>) =>
      controls.register('x', () => undefined, { validateCall: () => 5 } as never)
    expect(call(wrong, [1])).toBe('`validateCall` must return [args, kwargs], got 5')
  })

  test('an asynchronous schema or control fails, and its rejection does not end the process', async () => {
    const later = v.pipeAsync(
      v.number(),
      v.checkAsync(async () => {
        throw new Error('later')
      }),
    )
    // A program without types may return anything.
    expect(call((controls) => controls.register('x', () => undefined, { schema: later as never }), [1])).toBe(
      '`schema` checks asynchronously: a control needs a synchronous one',
    )
    expect(call((controls) => controls.register('x', async () => Promise.reject(new Error('later'))), [1])).toBe(
      '`x` returned a promise: it must be synchronous',
    )
    await new Promise((resolve) => setTimeout(resolve, 10))
  })
})

describe('registering', () => {
  test('the first function for a path is kept, and the caller receives a result and a warning', () => {
    const said: string[] = []
    const controls = open(temporaryFolder(), { log: (message) => void said.push(message) })
    const first = (): void => undefined
    expect(controls.register('lr', first)).toBe('registered')
    expect(controls.register('lr', first)).toBe('same')
    expect(said).toEqual([])
    expect(controls.register('lr', () => undefined)).toBe('kept')
    expect(said).toEqual(['`lr` is already registered: the first function is kept (replace it with `overwrite: true`)'])
    expect(controls.register('lr', () => undefined, { overwrite: true })).toBe('replaced')
  })

  test('a path that is empty or not a string, and a control that is not a function, are refused', () => {
    const controls = open(temporaryFolder())
    expect(() => controls.register('', () => undefined)).toThrow(
      new TypeError('`path` must be a non-empty string, got ""'),
    )
    // A program without types may return anything.
    expect(() => controls.register(5 as unknown as string, () => undefined)).toThrow('got 5')
    expect(() => controls.register('lr', 5 as unknown as () => void)).toThrow(
      '`apply` for `lr` must be a function, got 5',
    )
    const both = { validate: () => 1, validateCall: () => [[], {}] }
    expect(() => controls.register('lr', () => undefined, both as never)).toThrow(
      '`lr` needs `validateCall`, or `validate` and `schema`, not both',
    )
  })

  test('registered paths are in a document next to the queue, which is updated when they change', () => {
    const dir = temporaryFolder()
    const controls = openControls<Trainer>()
    controls.register('lr', () => undefined, { validate: Number, description: 'all learning rates' })
    controls.register('save', () => undefined, { again: false })
    controls.configure(dir)
    const read = () => JSON.parse(readFileSync(join(dir, 'registry.json'), 'utf8'))
    expect(read()).toEqual({
      version: 1,
      holder: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ts: expect.any(Number),
      controls: [
        { path: 'lr', description: 'all learning rates', checked: 'validate', again: true },
        { path: 'save', description: '', checked: null, again: false },
      ],
    })
    controls.register('late', () => undefined, { schema: v.number() })
    controls.pollAndApply({ ctx: newTrainer() })
    expect(read().controls[2]).toEqual({ path: 'late', description: '', checked: 'schema', again: true })
  })
})

describe('configuring', () => {
  test('comes before the first poll, creates missing files, and may be repeated', () => {
    const dir = join(temporaryFolder(), 'a', 'b')
    const controls = openControls<Trainer>()
    expect(() => controls.pollAndApply()).toThrow('`configure` must be called before the first `pollAndApply`')
    controls.configure(dir)
    expect([readFileSync(join(dir, 'commands.jsonl'), 'utf8'), readFileSync(join(dir, 'acks.jsonl'), 'utf8')]).toEqual([
      '',
      '',
    ])
    controls.configure(`${dir}/../b`)
    symlinkSync(dir, `${dir}-too`)
    controls.configure(`${dir}-too`)
    mkdirSync(`${dir}-other`)
    expect(() => controls.configure(`${dir}-other`)).toThrow(
      `the queue is already \`${dir}\`, got \`${dir}-other\`: a controller can have only one queue`,
    )
    ask(dir, ['a', 'nope'])
    expect(brief(controls.pollAndApply())).toEqual(['a rejected: unknown path: nope'])
  })

  test('a directory that cannot be created is refused immediately', () => {
    const dir = temporaryFolder()
    writeFileSync(join(dir, 'file'), '')
    expect(() => openControls({ dir: join(dir, 'file', 'queue') })).toThrow('ENOTDIR')
  })
})

test('the queue is read every N seconds by a monotonic clock, or at each call if N is 0', () => {
  const dir = temporaryFolder()
  let now = 1000
  const controls = createControls({
    openQueue: (path) => openQueue(path, () => now),
    now: () => now,
    wallTime: () => 1,
    newId: () => `id ${Math.random()}`,
    parse: parseJson,
  })
  controls.configure(dir)
  const looks = (seconds: number, every?: number): boolean => {
    now += seconds * 1000
    ask(dir, [`${now} ${Math.random()}`, 'nope'])
    return controls.pollAndApply(every === undefined ? {} : { every }).length > 0
  }
  expect([looks(0), looks(1.9), looks(0.2), looks(0.4, 0.5), looks(0.1, 0.5), looks(0, 0), looks(0, 0)]).toEqual([
    true,
    false,
    true,
    false,
    true,
    true,
    true,
  ])
})

test('a long backlog is processed over several calls, and a slow command is acked before the next one', () => {
  const dir = temporaryFolder()
  let now = 0
  const seen: number[] = []
  const controls = createControls(
    {
      openQueue: (path) => openQueue(path, () => now),
      now: () => now,
      wallTime: () => 1,
      newId: () => 'id',
      parse: parseJson,
    },
    { budgetMs: 30 },
  )
  controls.register(
    'slow',
    (_ctx, n) => {
      expect(acksOf(dir).length).toBe(n)
      now += 20
      seen.push(n)
    },
    { validate: Number },
  )
  controls.configure(dir)
  ask(dir, ...Array.from({ length: 5 }, (_, n): [string, string, number] => [`c${n}`, 'slow', n]))
  const counts = [1, 2, 3, 4].map(() => controls.pollAndApply({ every: 60 }).length)
  expect({ counts, seen }).toEqual({ counts: [2, 2, 1, 0], seen: [0, 1, 2, 3, 4] })
})

test('a control that polls, and a log that throws, are harmless', () => {
  const dir = temporaryFolder()
  const controls = open(dir, {
    log: () => {
      throw new Error('no log')
    },
  })
  const inner: unknown[] = []
  controls.register('poll', () => void inner.push(controls.pollAndApply({ every: 0 })))
  ask(dir, ['a', 'poll'], ['a', 'poll'], ['b', 'poll'])
  expect(brief(controls.pollAndApply())).toEqual(['a applied', 'b applied'])
  expect(inner).toEqual([[], []])
})

test('if two trainers use one queue, the newer one owns it; the older one reports this once and continues to train', () => {
  const dir = temporaryFolder()
  const said: string[] = []
  const log = (message: string) => void said.push(message)
  const [old, young] = [newTrainer(), newTrainer()]
  const multiply = (ctx: Trainer, ...args: Json[]) => void ctx.saved.push(...args)
  const first = open(dir, { log })
  first.register('x', multiply)
  ask(dir, ['a', 'x', 1])
  expect(brief(first.pollAndApply({ ctx: old, every: 0 }))).toEqual(['a applied'])
  const second = open(dir)
  second.register('x', multiply)
  ask(dir, ['b', 'x', 2])
  for (let i = 0; i < 3; i++) expect(first.pollAndApply({ ctx: old, every: 0 })).toEqual([])
  // Registering a control does not regain the queue.
  first.register('late', multiply)
  expect(first.pollAndApply({ ctx: old, every: 0 })).toEqual([])
  expect(brief(second.pollAndApply({ ctx: young, every: 0 }))).toEqual(['b applied'])
  expect([old.saved, young.saved]).toEqual([[1], [2]])
  expect(said).toEqual([
    'another trainer has taken over the queue: no more commands are applied here, and training continues',
  ])
})

test('a deleted queue directory is created again by the next command', async () => {
  const dir = join(temporaryFolder(), 'queue')
  const controls = open(dir)
  const trainer = newTrainer()
  controls.register('x', ({ saved }, value) => void saved.push(value))
  rmSync(dir, { recursive: true })
  expect(controls.pollAndApply({ ctx: trainer, every: 0 })).toEqual([])
  enqueue(dir, 'x', { args: [1], id: 'a' })
  expect(brief(controls.pollAndApply({ ctx: trainer, every: 0 }))).toEqual(['a applied'])
  await new Promise((resolve) => setTimeout(resolve, 120))
  controls.pollAndApply({ ctx: trainer, every: 0 })
  expect(brief(acksOf(dir))).toEqual(['a applied'])
  expect(JSON.parse(readFileSync(join(dir, 'registry.json'), 'utf8')).controls).toMatchObject([{ path: 'x' }])
})

test('a poll after `close` does nothing', () => {
  const dir = temporaryFolder()
  const controls = open(dir)
  controls.close()
  controls.close()
  ask(dir, ['a', 'x'])
  expect(controls.pollAndApply({ every: 0 })).toEqual([])
})

test('two controllers in one process share nothing', () => {
  const [one, two] = [temporaryFolder(), temporaryFolder()]
  const [a, b] = [open(one), open(two)]
  a.register('x', () => undefined)
  ask(one, ['1', 'x'])
  ask(two, ['1', 'x'])
  expect([brief(a.pollAndApply()), brief(b.pollAndApply())]).toEqual([['1 applied'], ['1 rejected: unknown path: x']])
})
