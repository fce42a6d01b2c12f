import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportRecipe } from '@hotcb/recipe'
import { describe, expect, test } from 'vitest'
import {
  core,
  gain,
  type Line,
  load,
  openStory,
  replayOf,
  STEPS,
  type StoryOptions,
  save,
  send,
  setCe,
  setLr,
  trainStep,
  trainToEnd,
} from './load-story.ts'
import { ledger, runDir } from './run-dir.ts'

const at = (line: object, step: number): Line => ({ ...line, at: { step } })
const ramp = (step: number): Line =>
  at({ module: 'loss', op: 'set_params', params: { 'ramps.ce': { type: 'linear', steps: 20, end: 0.1 } } }, step)

const STORIES: Readonly<Record<string, readonly Line[]>> = {
  'a load, then a lower rate': [save('k', 10), setCe(0.7, 15), load('k', 30), setLr(0.05, 30)],
  'changes before and after a load': [save('k', 10), setLr(0.2, 30), load('k', 30), setCe(0.3, 30), gain('load', 2, 5)],
  'a change at the step of the save, and a module loaded again after the load': [
    gain('load', 2, 5),
    setLr(0.07, 10),
    save('k', 10),
    load('k', 30),
    gain('load', 3, 30),
    setLr(0.05, 30),
  ],
  'a module set after the load': [
    gain('load', 2, 5),
    save('k', 10),
    gain('set_params', 9, 20),
    load('k', 30),
    gain('set_params', 5, 30),
  ],
  'two loads at one safe point': [
    save('k', 10),
    save('m', 15),
    load('m', 30),
    setLr(0.05, 30),
    load('k', 30),
    setCe(0.4, 30),
  ],
  'the same checkpoint loaded twice, later': [
    gain('load', 2, 5),
    save('k', 10),
    load('k', 30),
    setLr(0.05, 30),
    gain('load', 3, 30),
    load('k', 40),
    setCe(0.4, 40),
  ],
  'the same checkpoint loaded twice at one safe point': [
    save('k', 10),
    load('k', 30),
    setLr(0.05, 30),
    load('k', 30),
    setCe(0.4, 30),
  ],
  'a save after the load, which is loaded later': [
    gain('load', 2, 5),
    save('k', 10),
    load('k', 30),
    setLr(0.05, 30),
    gain('load', 3, 30),
    save('j', 30),
    load('j', 40),
    setCe(0.2, 40),
  ],
  'a save after the load, and the first one loaded later': [
    gain('load', 2, 5),
    save('k', 10),
    load('k', 30),
    setLr(0.05, 30),
    save('j', 30),
    load('k', 40),
    setCe(0.2, 40),
  ],
  'a load with its own values': [
    save('k', 10),
    setCe(0.3, 20),
    load('k', 30, { set: { opt: { lr: 0.05 }, loss: { ce: 0.2 } } }),
  ],
  'a revert after the load': [save('k', 10), setLr(0.05, 8), load('k', 30), at(core('revert'), 30)],
  'a ramp after the load': [save('k', 10), load('k', 30), ramp(30)],
  'a load to step 0, and nothing else': [save('zero', 10), load('zero', 30)],
  'a load to step 0, and changes after it': [
    gain('load', 2, 5),
    save('zero', 10),
    load('zero', 30),
    setLr(0.05, 30),
    gain('load', 3, 30),
    ramp(30),
  ],
  'a load to step 0 with values, and a later load': [
    save('zero', 8),
    load('zero', 20, { set: { opt: { lr: 0.05 } } }),
    save('k', 25),
    load('k', 40),
    setCe(0.2, 40),
  ],
}

const WAYS: Readonly<Record<string, StoryOptions>> = {
  'without a schedule': {},
  'under a schedule': { withSchedule: true },
  'with two calls a step': { calls: 2 },
}

// Events at a later call of the step are not in a checkpoint saved before it: saves come with the last call.
function saved(lines: readonly Line[], { calls = 1 }: StoryOptions): readonly Line[] {
  if (calls === 1) return lines
  return lines.map((line) => {
    const { op, at: place, params } = line as { op?: string; at?: object; params?: { action?: string; tag?: string } }
    // `j` is saved at the end of the safe point that loads: its event belongs to a step that was rolled back.
    const isSave = op === 'checkpoint' && params?.action === 'save' && params.tag !== 'j'
    return isSave ? { ...line, at: { ...place, event: 'val_end' } } : line
  })
}

/** Stops after every N steps, as a kill does: nothing is closed. Continues from the newest checkpoint. */
function trainWithKills(
  dir: string,
  options: StoryOptions,
  isKilled: (steps: number, rewound: boolean) => boolean,
): string {
  let trainer = openStory(dir, options)
  for (let steps = 1; trainer.step < STEPS; steps++) {
    const rewound = trainStep(trainer, options.calls)
    if (isKilled(steps, rewound)) trainer = openStory(dir, options)
  }
  return trainer.state()
}

describe.each(Object.entries(WAYS))('%s', (_way, options) => {
  test.each(Object.entries(STORIES))('%s: replays and restarts give the same weights', (_name, given) => {
    const dir = runDir()
    const lines = saved(given, options)
    send(dir, lines)
    const end = trainToEnd(openStory(dir, options), options.calls)
    const loads = ledger(dir).filter(({ op, params }) => op === 'checkpoint' && params?.['action'] === 'load')
    expect(loads.map(({ decision, error }) => [decision, error])).toEqual(loads.map(() => ['applied', null]))
    expect(replayOf(dir, options)).toBe(end)

    const killedAfterLoads = runDir()
    send(killedAfterLoads, lines)
    expect(trainWithKills(killedAfterLoads, options, (_steps, rewound) => rewound)).toBe(end)
    expect(replayOf(killedAfterLoads, options)).toBe(end)

    const killedOften = runDir()
    send(killedOften, lines)
    let left = 8
    const isKilled = (steps: number): boolean => steps % 13 === 0 && left-- > 0
    expect(trainWithKills(killedOften, options, isKilled)).toBe(end)
    expect(replayOf(killedOften, options)).toBe(end)
  })
})

test('changes after a load to step S are at the end of step S-1, in the ledger and in the recipe', () => {
  const dir = runDir()
  send(dir, [save('k', 10), load('k', 30), setLr(0.05, 30)])
  const trainer = openStory(dir)
  trainToEnd(trainer)
  trainer.kernel.close()
  const lines = ledger(dir)
  const line = lines.find(({ module }) => module === 'opt')
  expect(line).toMatchObject({ step: 10, call: 0, end: true, event: null, epoch: null, phase: null })
  const recipe = exportRecipe(lines)
  expect(recipe).toMatchObject({
    ok: true,
    value: { entries: [{ at: { step: 10, event: null, call: 0, end: true } }] },
  })
})

test('load, seam and the values of `set` are one write', () => {
  const dir = runDir()
  send(dir, [save('k', 2), load('k', 5, { set: { opt: { lr: 0.05 }, loss: { ce: 0.2 } } })])
  const trainer = openStory(dir)
  let before = ''
  while (!trainStep(trainer)) before = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  const after = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  const added = after.slice(before.length).split('\n').filter(Boolean)
  expect(added.map((text) => JSON.parse(text)).map(({ op, module }) => `${module} ${op}`)).toEqual([
    'core checkpoint',
    'core attempt',
    'opt set_params',
    'loss set_params',
  ])
  trainer.kernel.close()
})

test.each([
  [{ opt: { lr: -1 } }, /`set` is invalid: .*lr/],
  [{ opt: { lrr: 1 } }, /`set` is invalid: .*lrr/],
  [{ gad: { gain: 1 } }, /only controls can be set with a load/],
  [{ core: { mode: 'prod' } }, /only controls can be set with a load/],
  [{ opt: 3 }, /`set.opt` must be \{key: value\}, got 3/],
  ['lr', /`set` must be \{module: \{key: value\}\}/],
])('a load with an invalid `set` is refused before the trainer loads anything: %j', (set, reason) => {
  const dir = runDir()
  send(dir, [save('k', 2), setLr(0.3, 4), load('k', 5, { set })])
  const trainer = openStory(dir)
  while (trainer.step < 8) expect(trainStep(trainer)).toBe(false)
  const line = ledger(dir).at(-1)
  expect(line).toMatchObject({ decision: 'failed', op: 'checkpoint' })
  expect(line?.error).toMatch(reason)
  trainer.kernel.close()
})

describe('during a pause', () => {
  const inPause = [core('checkpoint', { action: 'load', tag: 'k' }), setLr(0.05), gain('load', 3), core('resume')]

  test.each([
    ['load and changes', inPause, []],
    [
      'load, save and changes, and that save loaded later',
      [inPause[0], core('checkpoint', { action: 'save', tag: 'j' }), ...inPause.slice(1)],
      [load('j', 45)],
    ],
  ])('%s give the same weights after replay and restart', (_name, lines, later) => {
    const run = (kill: boolean): readonly [string, string] => {
      const dir = runDir()
      send(dir, [gain('load', 2, 5), save('k', 10), at(core('pause'), 30)])
      let trainer = openStory(dir)
      let sent = false
      while (trainer.step < STEPS) {
        if (trainer.step === 30 && !sent) {
          sent = true
          send(dir, [...(lines as readonly Line[]), ...later])
        }
        if (trainStep(trainer) && kill) trainer = openStory(dir)
      }
      return [trainer.state(), replayOf(dir)]
    }
    const [end, replayed] = run(false)
    expect(replayed).toBe(end)
    expect(run(true)).toEqual([end, end])
  })

  test('a module that is loaded again after a save is not restored from that save', () => {
    const dir = runDir()
    send(dir, [gain('load', 1, 2), at(core('pause'), 10)])
    const trainer = openStory(dir)
    while (trainer.step < 10) trainStep(trainer)
    send(dir, [core('checkpoint', { action: 'save', tag: 'k' }), gain('load', 1), core('resume')])
    while (trainer.step < 13) trainStep(trainer)
    const live = trainer.state()
    const again = openStory(dir)
    expect(again.step).toBe(11)
    while (again.step < 13) trainStep(again)
    expect(again.state()).toBe(live)
    // It was loaded after the events of step 10, and the replay loads it there too.
    expect(ledger(dir).filter(({ after }) => after === true)).toMatchObject([
      { module: 'gad', op: 'load', step: 10 },
      {},
    ])
    expect(replayOf(dir)).toBe(trainToEnd(again))
  })

  test('a change after a save is re-applied at its place by restarts from before it and by a replay', () => {
    const dir = runDir()
    send(dir, [save('early', 4), gain('load', 1, 5), at(core('pause'), 10)])
    let trainer = openStory(dir)
    while (trainer.step < 10) trainStep(trainer)
    const inPause = [setLr(0.3), core('checkpoint', { action: 'save', tag: 'k' }), gain('load', 2), setLr(0.05)]
    send(dir, [...inPause, gain('set_params', 4), core('resume')])
    while (trainer.step < 20) trainStep(trainer)
    rmSync(join(dir, 'hotcb.checkpoints/k'), { recursive: true })
    trainer = openStory(dir)
    expect(trainer.step).toBe(5)
    const end = trainToEnd(trainer)
    expect(replayOf(dir)).toBe(end)
  })
})

describe('with two calls per step', () => {
  test.each(['train_step_end', 'val_end'])(
    'changes after the load of a checkpoint saved at %s come after the last call, also after a restart',
    (event) => {
      const ends = [false, true].map((isRestarted) => {
        const dir = runDir()
        const lines = [gain('load', 2, 5), save('k', 10, event), save('m', 15, 'val_end')]
        send(dir, [...lines, load('k', 30), gain('load', 3, 30), setLr(0.05, 30)])
        let trainer = openStory(dir)
        while (trainer.step < 22) trainStep(trainer, 2)
        if (isRestarted) trainer = openStory(dir)
        const end = trainToEnd(trainer, 2)
        const line = ledger(dir).find((one) => one.end === true)
        expect(line).toMatchObject({ step: 10, call: 1 })
        expect(replayOf(dir, { calls: 2 })).toBe(end)
        return end
      })
      expect(ends[1]).toBe(ends[0])
    },
  )
})

test('a replay that is killed between a save and the `end` entries of its step loses none of them', () => {
  const source = runDir()
  send(source, [save('k', 9), load('k', 30), setLr(0.05, 30), gain('load', 3, 30)])
  const first = openStory(source)
  const end = trainToEnd(first)
  first.kernel.close()
  const recipe = exportRecipe(ledger(source))
  if (!recipe.ok) throw new Error(recipe.reason)

  const dir = runDir()
  const entries = recipe.value.entries.map((entry) => JSON.stringify(entry)).join('\n')
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), `${entries}\n`)
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', policy: 'strict' }))
  const replay = openStory(dir)
  while (replay.step < 10) {
    if (replay.step === 9)
      replay.kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'r' } })
    trainStep(replay)
  }
  const ledgerFile = join(dir, 'hotcb.applied.jsonl')
  const lines = readFileSync(ledgerFile, 'utf8').split('\n').filter(Boolean)
  const firstEnd = lines.findIndex((text) => text.includes('"end":true'))
  expect(firstEnd).toBeGreaterThan(0)
  const cut = runDir()
  cpSync(dir, cut, { recursive: true })
  // As a kill leaves it between the save and the `end` entries of that step.
  writeFileSync(join(cut, 'hotcb.applied.jsonl'), `${lines.slice(0, firstEnd).join('\n')}\n`)
  for (const folder of [dir, cut]) {
    const again = openStory(folder)
    expect(again.step).toBe(10)
    expect(trainToEnd(again)).toBe(end)
    again.kernel.close()
  }
})
