import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { storyOf } from '@hotcb/tune'
import { type EvaluateFrom, openTuner } from '@hotcb/tune/node'
import { describe, expect, test } from 'vitest'
import { ledgerOf } from './answerer.ts'
import { type Ended, hotcb, temporaryDirectory } from './hotcb.ts'

/** A training run with a tuner. Its loss falls in proportion to its rate, and the test runs its steps. */
function openTuned(dir: string, mode: 'active' | 'suggest' = 'active') {
  const optimizer = { paramGroups: [{ name: 'all', lr: 0.01, weightDecay: 0.001 }] }
  let excess = 2
  let step = 0
  const fall = (from: number, lr: number): number => from * (1 - lr)
  const evaluateFrom: EvaluateFrom = ({ checkpoint, ops, steps }) => {
    let left = Number(readFileSync(join(checkpoint.dir, 'excess'), 'utf8'))
    return Array.from({ length: steps }, (_, i) => {
      left = fall(left, Number(ops[0]?.params['lr']))
      return { step: checkpoint.step + i, metrics: { val_loss: 0.05 + left } }
    })
  }
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators(optimizer)),
    modules: [openTuner(dir, { mode, evaluateFrom })],
    lookMs: 0,
    log: () => undefined,
    checkpoints: {
      save: ({ dir: folder }) => writeFileSync(join(folder, 'excess'), String(excess)),
      load: ({ dir: folder }) => {
        excess = Number(readFileSync(join(folder, 'excess'), 'utf8'))
      },
    },
  })
  kernel.continueFrom({ step: 0, maxSteps: 1000 })
  const train = (until: number): void => {
    while (step < until) {
      excess = fall(excess, optimizer.paramGroups[0]?.lr ?? 0)
      const metrics = { train_loss: 0.05 + excess, val_loss: 0.05 + excess }
      const events = (step + 1) % 10 === 0 ? ['train_step_end', 'val_epoch_end'] : ['train_step_end']
      step = kernel.apply({ step, maxSteps: 1000, metrics }, events).rewound ?? step + 1
    }
  }
  return {
    train,
    close: () => kernel.close(),
    /** Runs a command while the training waits at a step. */
    async ask(...args: readonly string[]): Promise<Ended> {
      const ended: Ended[] = []
      void hotcb(['--dir', dir, ...args]).then((result) => ended.push(result))
      while (ended.length === 0) {
        // A safe point without a step, so that the result does not depend on how fast a process starts.
        kernel.apply({ step, maxSteps: 1000 }, [])
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const [result = { code: null, out: '', err: '' }] = ended
      return result
    },
  }
} // biome-ignore format: more readable

describe('the tuner commands, on a run that the tuner changes', () => {
  test('set changes a field of the recipe, and refuses wrong names and values in one line', async () => {
    const run = openTuned(temporaryDirectory())
    run.train(1)
    const set = (text: string) => run.ask('tune', 'set', text, '--wait=30')
    expect(await set('acceptance.twin=true')).toMatchObject({ code: 0, err: '' })
    for (const [typed, message] of [
      ['acceptance.epsilo=1', '`acceptance.epsilo` is not a tuner setting: did you mean `acceptance.epsilon`?'],
      ['acceptance.epsilon=-1', '`acceptance.epsilon` must be a number >= 0, got -1'],
      ['acceptance.epsilon', 'expected `key=value`, got "acceptance.epsilon"'],
    ] as const) {
      const { code, out, err } = await set(typed)
      expect(`${out}${err}`).toContain(message)
      expect(`${out}${err}`.trimEnd().split('\n'), typed).toHaveLength(1)
      expect(code, typed).not.toBe(0)
    }
    expect(await run.ask('tune', 'enable', '--mode', 'activ')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean `active`?'),
    })
    run.close()
  })

  test('status lists the changes with their outcomes, and why explains one of them together with its twin', async () => {
    const run = openTuned(temporaryDirectory())
    run.train(1)
    await run.ask('tune', 'set', 'acceptance.twin=true', '--wait=30')
    run.train(160)
    // The state document is written once a second.
    let status = await run.ask('tune', 'status')
    while (status.out.includes('not seen yet')) status = await run.ask('tune', 'status')
    expect(status).toMatchObject({ code: 0, err: '' })
    expect(status.out).toMatch(/^mode active, objective val_loss/)
    expect(status.out).toContain('m_00001  opt lr 0.01 → 0.03162: accepted\n')
    expect(status.out).toMatch(/opt:lr_mult: \d+ of \d+ accepted, mean score/)
    const why = await run.ask('tune', 'why', '1')
    expect(why.out).toMatch(/^m_00001 {2}opt lr 0\.01 → 0\.03162: accepted\nproposed at step \d+, phase early/)
    expect(why.out).toMatch(/\nval_loss after 9 steps: [\d.]+ with the change, [\d.]+ without it\n/)
    expect(why.out).toMatch(/95 % interval -[\d.]+ to -[\d.]+/)
    expect(await run.ask('tune', 'why', 'm_00001')).toEqual(why)
    for (const words of [['status'], ['why', '1']]) expect((await run.ask('tune', ...words, '--json')).code).toBe(0)
    expect(await run.ask('tune', 'why', 'm_99')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^hotcb: this run's tuner has no change `m_99`: the latest is m_\d{5}\n$/),
    })
    expect(await run.ask('tune', 'why')).toMatchObject({ code: 2, out: '' })
    expect(await run.ask('tune', 'statu')).toMatchObject({
      code: 2,
      err: 'hotcb: unknown command "tune statu": did you mean `hotcb tune status`?\n',
    })
    run.close()
  })

  test('accept makes the suggested change once, and reports a change that is not waiting for a person', async () => {
    const dir = temporaryDirectory()
    const run = openTuned(dir, 'suggest')
    run.train(1)
    expect(await run.ask('tune', 'accept')).toMatchObject({
      code: 1,
      err: 'hotcb: the tuner has no suggestion at the moment\n',
    })
    run.train(60)
    const [suggested] = storyOf(ledgerOf(dir)).mutations
    expect(suggested).toMatchObject({ id: 'm_00001', state: 'suggested' })
    expect(await run.ask('tune', 'accept', 'm_00002')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no change `m_00002`: the latest is m_00001'),
    })
    expect(await run.ask('tune', 'accept', '--wait=30')).toMatchObject({ code: 0, err: '' })
    expect(ledgerOf(dir).find(({ cid }) => cid === 'tune-m_00001')).toMatchObject({
      decision: 'applied',
      payload: { lr: suggested?.to },
      source: 'cli',
    })
    expect(await run.ask('tune', 'accept', 'm_00001')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^hotcb: m_00001 is not waiting for a person; it is \w+\n$/),
    })
    run.close()
  })

  test('reject declines the suggested change: the next suggestion differs, and a change that is not waiting is reported', async () => {
    const dir = temporaryDirectory()
    const run = openTuned(dir, 'suggest')
    run.train(1)
    expect(await run.ask('tune', 'reject')).toMatchObject({
      code: 1,
      err: 'hotcb: the tuner has no suggestion at the moment\n',
    })
    run.train(60)
    const rejected = await run.ask('tune', 'reject', '--wait=30', '--note', 'too steep')
    expect(rejected).toMatchObject({ code: 0, err: '' })
    expect(rejected.out).toContain('reject m_00001')
    expect(ledgerOf(dir).find(({ op }) => op === 'reject')).toMatchObject({
      decision: 'applied',
      source: 'cli',
    })
    for (const verb of ['reject', 'accept']) {
      expect(await run.ask('tune', verb, 'm_00001')).toMatchObject({
        code: 1,
        err: 'hotcb: m_00001 is not waiting for a person; it is declined\n',
      })
    }
    run.train(100)
    const [first, second] = storyOf(ledgerOf(dir)).mutations
    expect(second?.state).toBe('suggested')
    expect([second?.key, second?.to]).not.toEqual([first?.key, first?.to])
    expect((await run.ask('tune', 'why', '1')).out).toMatch(/^m_00001 .*: suggested, and rejected \(by /)
    run.close()
  })

  test('export-recipe writes learned and set values, and recipe validate checks the file and locates mistakes', async () => {
    const dir = temporaryDirectory()
    const run = openTuned(dir)
    run.train(1)
    await run.ask('tune', 'set', 'acceptance.epsilon=0.02', '--wait=30')
    run.train(200)
    run.close()
    const ask = (...args: readonly string[]) => hotcb(['--dir', dir, ...args], { cwd: dir })
    const { out } = await ask('tune', 'export-recipe')
    // The accepted move is the most likely one next time, and values that were set are kept.
    expect(out).toMatch(/ {6}lr:\n {8}bounds: \[1, 4\.74342\]\n {8}prior_center: 3\.16228\n/)
    expect(out).toContain('epsilon: 0.02\n')
    expect(await ask('tune', 'export-recipe', '--out', 'next.yaml')).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(join(dir, 'next.yaml'), 'utf8')).toBe(out)
    expect(await ask('tune', 'export-recipe', '--out', 'next.yaml')).toMatchObject({
      code: 1,
      err: `hotcb: \`${join(dir, 'next.yaml')}\` already exists; use \`--force\` to replace it\n`,
    })
    expect(await ask('tune', 'export-recipe', '--out', 'next.txt')).toMatchObject({
      code: 2,
      err: 'hotcb: `--out` must end in .yaml or .json, got `next.txt`\n',
    })
    await ask('tune', 'export-recipe', '--out', 'summary.json')
    expect(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'))).toMatchObject({
      mode: 'active',
      win_rates: { 'opt:lr_mult': expect.any(Number) },
    })
    expect(await ask('recipe', 'validate', 'next.yaml')).toMatchObject({
      code: 0,
      out: expect.stringContaining('valid, 2 knobs for this run'),
    })
    writeFileSync(
      join(dir, 'bad.yaml'),
      'search:\n  algoritm: tpe\nactuators:\n  opt:\n    mutations:\n      lr_mul: {bounds: [0.5, 2]}\n',
    )
    const bad = await ask('recipe', 'validate', 'bad.yaml')
    expect(bad.code).toBe(1)
    expect(bad.err.split('\n')).toMatchObject([
      expect.stringContaining(
        'bad.yaml:2:3: `search.algoritm` is not a key of a tuner recipe: did you mean `algorithm`?',
      ),
      expect.stringMatching(/bad\.yaml:6:7: .*must end in _mult, _delta or _set.*`lr_mult`/),
      expect.stringContaining('2 problems in'),
      '',
    ])
    writeFileSync(join(dir, 'other.yml'), 'actuators: {opt: {keys: {lrr: {bounds: [0.5, 2]}}}}\n')
    expect(await ask('recipe', 'validate', 'other.yml')).toMatchObject({
      code: 1,
      err: expect.stringContaining('`opt` has no control `lrr`: did you mean `lr`?'),
    })
    expect(await ask('tune', 'set', 'acceptance.epsilon=0.1', '--wait=0.2')).toMatchObject({ code: 3 })
  })
})
