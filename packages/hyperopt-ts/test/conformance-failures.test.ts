import { expect, test } from 'vitest'
import { memoryStorage, type Pruner, randomSampler, type Sampler, type Storage, type StudyEvent } from '../src/index.ts'
import type { SamplerSession } from '../src/sampler.ts'
import { prunerConformance, samplerConformance, storageConformance } from '../src/testing.ts'

/** The message of each case that fails, by its title. */
function failures(cases: readonly { title: string; run: () => void | Promise<void> }[]): Record<string, string> {
  const failed: Record<string, string> = {}
  for (const { title, run } of cases) {
    try {
      run()
    } catch (error) {
      failed[title] = error instanceof Error ? error.message.slice(0, 110) : String(error)
    }
  }
  return failed
}

const pruning = (shouldPrune: Pruner['shouldPrune']): Record<string, string> =>
  failures(prunerConformance(() => ({ name: 'bad', shouldPrune })))

test('the pruner suite reports each requirement that a pruner does not meet', () => {
  expect(pruning(() => false)).toEqual({})
  const BEST = 'it never stops the trial that is best at every step'
  const MIRROR = 'both directions are mirror images'
  expect(pruning(({ number }) => number === 0)).toEqual({
    [BEST]: 'expected the best trials to continue when told to minimize, got [0]',
    'a single trial continues': 'expected the stopped trials to be [], got [0]',
  })
  expect(pruning(({ number }, _trials, direction) => number === 39 && direction === 'maximize')).toEqual({
    [BEST]: 'expected the best trials to continue when told to maximize, got [39]',
    [MIRROR]: 'expected the stopped trials to be [], got [39]',
  })
  expect(pruning(() => undefined as never)).toEqual({
    'it returns a decision for NaN, for infinite values and for steps in any order': 'expected true or false',
  })
  let calls = 0
  const counting = prunerConformance(() => {
    const stops = calls++ % 2 === 1
    return { name: 'moody', shouldPrune: ({ number }) => stops && number === 5 }
  })
  expect(Object.keys(failures(counting)).sort()).toEqual([
    MIRROR,
    'it returns the same decision when it is called again',
  ])
  const writing = pruning((trial, trials) => {
    // The type forbids it, but a pruner in JavaScript can do it.
    if (trials.length === 12) (trial.reports as unknown as unknown[]).pop()
    return false
  })
  expect(writing).toEqual({ 'it changes nothing': expect.stringMatching(/^expected the study to be "/) })
})

test('a pruner gets 40 straight curves of 20 steps, the first and the last of which are better than those before', () => {
  const seen: (readonly [number, number, number])[] = []
  const [best] = prunerConformance(() => ({
    name: 'spy',
    shouldPrune: ({ number, reports }) => {
      const { step, value } = reports.at(-1) ?? { step: 0, value: 0 }
      seen.push([number, step, Number(value.toFixed(2))])
      return number === 3 && step === 2
    },
  }))
  best?.run()
  const curve = (number: number, height: number, steps: number, sign: number) =>
    Array.from({ length: steps }, (_, i) => [number, i + 1, Number((sign * (height - (i + 1) / 100)).toFixed(2))])
  const curves = (sign: number) =>
    Array.from({ length: 40 }, (_, i) =>
      curve(i, i === 0 ? -1 : i === 39 ? -2 : (7 * i) % 40, i === 3 ? 2 : 20, sign),
    ).flat()
  expect(seen).toEqual([...curves(1), ...curves(-1)])
})

/** A random sampler with a fault. */
function sampling(change: (session: SamplerSession, opened: number) => SamplerSession): string[] {
  let opened = 0
  const make = (): Sampler => ({ name: 'bad', open: (context) => change(randomSampler().open(context), opened++) })
  return Object.keys(failures(samplerConformance(make)))
}

const SPACES = [
  'one float',
  'all kinds of numbers',
  'choices of every scalar',
  'parameters of one value',
  'a wide int',
  'branches in branches',
]
const ORDER = 'the order in which trials were told does not matter'
const REOPENED = 'a reopened study continues as if it had not been closed'
const IMPORTED = 'it learns from an imported study in the same way as from trials whose results were reported'

test('the sampler suite reports each requirement that a sampler does not meet', () => {
  expect(sampling((session) => session)).toEqual([])
  expect(
    sampling((session) => ({ suggest: (number, random) => (number === 59 ? {} : session.suggest(number, random)) })),
  ).toEqual(SPACES.map((space) => `it suggests complete parameters within the space: ${space}`))
  const seeded = sampling((session, opened) => ({
    suggest: (number, random) => {
      if (opened % 2 === 1) random()
      return session.suggest(number, random)
    },
  }))
  expect(seeded).toEqual([
    ...SPACES.filter((space) => space !== 'parameters of one value').map(
      (space) => `the same seed produces the same trials: ${space}`,
    ),
    ORDER,
    REOPENED,
    IMPORTED,
  ])
  const last = sampling((session) => {
    let told = 0
    return {
      finish: ({ number }) => {
        told = number
      },
      suggest: (number, random) => {
        if (told % 2 === 1 && number > 20) random()
        return session.suggest(number, random)
      },
    }
  })
  expect(last).toEqual([ORDER])
  const forgetful = sampling((session) => {
    let asked = 0
    return {
      suggest: (number, random) => {
        if (asked++ > 20) random()
        return session.suggest(number, random)
      },
    }
  })
  expect(forgetful).toEqual([REOPENED, IMPORTED])
})

test.each<[string, string, string, (value: number | undefined) => boolean]>([
  ['every trial fails', 'failed', '', (value) => value === undefined],
  ['every trial is pruned without a report', 'pruned', '', (value) => value === undefined],
  ['every value is the same', 'complete', '', (value) => value === 1],
  ['every value is infinite', 'complete', '', (value) => value === Infinity || value === -Infinity],
  ['every value is NaN', 'failed', 'the value is NaN', (value) => value === undefined],
  [
    'values are as large as possible',
    'complete',
    '',
    (value) => value === 0 || value === Number.MAX_VALUE || value === Infinity,
  ],
])('a sampler gets 40 trials in which %s', (title, state, reason, fits) => {
  const told: [string, string | undefined][] = []
  const values = new Set<number | undefined>()
  const spy = (): Sampler => ({
    name: 'spy',
    open: (context) => ({
      ...randomSampler().open(context),
      finish: (trial) => {
        told.push([trial.state, trial.reason ?? ''])
        values.add(trial.value)
      },
    }),
  })
  samplerConformance(spy)
    .find((one) => one.title === `it continues when ${title}`)
    ?.run()
  expect(told).toEqual(Array.from({ length: 40 }, () => [state, reason]))
  expect([...values].every(fits)).toBe(true)
  expect(values.size).toBe({ 'every value is infinite': 2, 'values are as large as possible': 3 }[title] ?? 1)
})

/** The failure of one case with a storage, or with the views that `open` returns. */
function storing(title: string, open: () => Storage): string | undefined {
  const cases = storageConformance(() => ({ open })).filter((one) => one.title === title)
  expect(cases).toHaveLength(1)
  return failures(cases)[title]
}

/** A storage that all views share, with a fault in its memory. */
function faulty(change: (storage: Storage) => Partial<Storage>): () => Storage {
  const storage = memoryStorage()
  const changed = { ...storage, ...change(storage) }
  return () => changed
}

const GIVES = 'it returns appended events in order, from any index'
const VIEWS = 'all views return the same order'
const INDEX = 'an event that has been read does not change'

test('the storage suite reports events that a storage does not return correctly', () => {
  const backwards = (): (() => Storage) => faulty(({ read }) => ({ read: (from) => [...read(from)].reverse() }))
  const cases: [() => Storage, string | RegExp][] = [
    [faulty(() => ({})), 'undefined'],
    [
      faulty(() => ({ read: () => [{ kind: 'beat', number: 0, at: 1 }] })),
      'expected a new storage to be [], got [{"kind":"beat","number":0,"at":1}]',
    ],
    [
      faulty(({ append }) => ({ append: (event) => append(event) + 1 })),
      'expected the indexes to be [0,1,2,3,4], got [1,2,3,4,5]',
    ],
    [backwards(), /^expected the events to be \[{"kind":"study","version":1/],
    [
      faulty(({ read }) => ({ read: (from) => (from === 2 ? [] : read(from)) })),
      /^expected the events from 2 to be \[{"kind":"report"/,
    ],
    [
      faulty(({ read }) => ({ read: (from) => read(from === 5 ? 4 : from) })),
      /^expected the events from the end to be \[\], got \[{"kind":"add"/,
    ],
  ]
  for (const [open, wanted] of cases) {
    const message = String(storing(GIVES, open))
    if (typeof wanted === 'string') expect(message).toBe(wanted)
    else expect(message).toMatch(wanted)
  }
  expect(storing(VIEWS, backwards())).toMatch(/^expected the order to be \[0,1,2,3,.*, got \[19,18,/)
  expect(storing(INDEX, backwards())).toBe(
    'expected the first event to be {"kind":"enqueue","params":{"i":0}}, got {"kind":"enqueue","params":{"i":1}}',
  )
})

test('the storage suite reports events that views do not share', () => {
  expect(storing(VIEWS, memoryStorage)).toBe('expected the index to be 1, got 0')
  expect(storing('text of any kind and length is returned unchanged', memoryStorage)).toMatch(
    /^expected the event to be \[{"kind":"tell","number":0,"state":"failed","reason":"line/,
  )
  expect(storing('studies on it share trials, and each number is assigned once', memoryStorage)).toMatch(
    /^expected the numbers to be \[0,1,2,3,/,
  )
  const events: StudyEvent[] = []
  const live: Storage = { read: () => events, append: (event) => events.push(event) - 1 }
  expect(storing(INDEX, () => live)).toBe('expected the number of events read before to be 1, got 2')
  let views = 0
  const odd = faulty(() => ({}))
  const oneBackwards = (): Storage => {
    views += 1
    return views === 2 ? { ...odd(), read: (from) => [...odd().read(from)].reverse() } : odd()
  }
  expect(storing(VIEWS, oneBackwards)).toMatch(
    /^expected the events that both views read to be \[{"kind":"enqueue","params":{"i":19}}/,
  )
})

test('the storage suite closes each storage once, whether or not its case fails', () => {
  for (const bad of [false, true]) {
    let closed = 0
    const cases = storageConformance(() => {
      const storage = memoryStorage()
      const close = (): void => {
        closed += 1
      }
      const read = (): never => {
        throw new Error('no disk')
      }
      return { open: () => (bad ? { ...storage, read } : storage), close }
    })
    const failed = failures(cases)
    expect([closed, Object.keys(failed).length]).toEqual([5, bad ? 5 : 0])
  }
})
