import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, test } from 'vitest'
import { createAsker } from '../src/node/asker.ts'
import type { WatchedTraining } from '../src/node/watch-training.ts'
import { LR, ledger, linesOf, temporaryDirectory, until, writeControls, writeState } from './live-run.ts'

const WEIGHT = { ...LR, param_key: 'kd_w', group: 'loss' }

/** A run whose kernel is this process, until `end`. */
function asking() {
  const dir = temporaryDirectory()
  writeState(dir)
  writeControls(dir, [LR, { ...LR, param_key: 'beta', group: 'optimizer' }, WEIGHT])
  let isRunning = true
  const training: Pick<WatchedTraining, 'isRunning'> = {
    get isRunning() {
      return isRunning
    },
  }
  // The tests use only this part of a training run.
  const asker = createAsker(openRunDirectory(dir), training as WatchedTraining, { source: 'api', author: 'ada' })
  /** Answers the next command once it has been written. */
  const answer = async (fields: object = {}): Promise<void> => {
    await until(() => sent().length > 0)
    const { cid, module, op, params } = sent().at(-1) ?? {}
    ledger(dir, { cid, module, op, params, ...fields })
  }
  const sent = () => {
    try {
      return linesOf(dir, 'commands')
    } catch {
      return []
    }
  }
  const end = (): void => {
    isRunning = false
    writeState(dir, { closed: true })
  }
  return { dir, asker, sent, answer, end }
}

describe('a command', () => {
  test('is written with its sender, conditions and note, and returns its ledger line', async () => {
    const { asker, sent, answer } = asking()
    const asked = asker.send(
      { module: 'core', op: 'pause' },
      { note: 'too fast', at: { step: 90 }, expires: { step: 95 }, timeoutMs: 60_000 },
    )
    await answer({ step: 90 })
    expect(await asked).toMatchObject({ op: 'pause', step: 90, decision: 'applied' })
    expect(sent()).toMatchObject([
      {
        ...{ module: 'core', op: 'pause', id: 'main', source: 'api', author: 'ada' },
        note: 'too fast',
        at: { step: 90 },
        expires: { step: 95 },
      },
    ])
  })

  test('keeps its own id, and has no note if none is given', async () => {
    const { asker, sent, answer } = asking()
    const asked = asker.send({ module: 'cb', op: 'enable', id: 'logger' })
    await answer()
    await asked
    expect(sent()).toMatchObject([{ id: 'logger' }])
    expect(sent()[0]).not.toHaveProperty('note')
  })

  test('that is not answered in time is an error that states the time limit', async () => {
    const { asker } = asking()
    await expect(asker.send({ module: 'core', op: 'pause' }, { timeoutMs: 1200 })).rejects.toMatchObject({
      code: 'no-answer',
      message: 'no trainer has answered within 1 s',
    })
  })

  test('waits for a kernel that has not started yet, but only while the training is running', async () => {
    const { asker, dir, answer, end } = asking()
    writeState(dir, { closed: true })
    const late = asker.send({ module: 'core', op: 'pause' })
    await new Promise((resolve) => setTimeout(resolve, 700))
    await answer()
    expect(await late).toMatchObject({ op: 'pause' })
    end()
    await expect(asker.send({ module: 'core', op: 'resume' })).rejects.toMatchObject({
      code: 'no-answer',
      message: 'the training ended before it answered the command',
    })
  })

  test('with a value that a control does not accept is refused, and so is a malformed one', async () => {
    const { asker, sent } = asking()
    await expect(asker.send({ module: 'opt', op: 'set_params', params: { lr: 7 } })).rejects.toMatchObject({
      ...{ name: 'LaunchError', code: 'bad-option', message: expect.stringMatching(/`lr` must be .*got 7/) },
    })
    await expect(asker.send({ module: 'core', op: 'pause' }, { at: { step: -1 } })).rejects.toMatchObject({
      code: 'bad-option',
    })
    expect(sent()).toEqual([])
  })

  test('for a newer kernel is a run error', async () => {
    const { asker, dir } = asking()
    writeState(dir, { protocol: 99 })
    await expect(asker.send({ module: 'core', op: 'pause' })).rejects.toMatchObject({ code: 'newer-protocol' })
  })
})

describe('control values', () => {
  test('are sent to the module that has the controls', async () => {
    const { asker, sent, answer } = asking()
    const asked = asker.set({ kd_w: 0.5 }, { note: 'less' })
    await answer()
    expect(await asked).toMatchObject({ module: 'loss', params: { kd_w: 0.5 } })
    expect(sent()).toMatchObject([{ module: 'loss', op: 'set_params', params: { kd_w: 0.5 }, note: 'less' }])
  })

  test('for two modules are refused with the names of the modules; no values and unknown controls are refused too', async () => {
    const { asker, sent } = asking()
    await expect(asker.set({ lr: 0.1, kd_w: 0.5 })).rejects.toMatchObject({
      code: 'bad-option',
      message: 'these controls belong to `opt` and `loss`: call `set` separately for each module',
    })
    await expect(asker.set({})).rejects.toMatchObject({
      code: 'bad-option',
      message: '`set` needs at least one control and its value',
    })
    await expect(asker.set({ lrr: 0.1 })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining('did you mean `lr`?'),
    })
    expect(sent()).toEqual([])
  })

  test('wait until the kernel of this start has described its controls', async () => {
    const { asker, dir, answer } = asking()
    writeState(dir, { closed: true })
    writeControls(dir, [])
    const asked = asker.set({ extra: 0.5 })
    await new Promise((resolve) => setTimeout(resolve, 250))
    writeControls(dir, [{ ...WEIGHT, param_key: 'extra' }])
    writeState(dir)
    await answer()
    expect(await asked).toMatchObject({ module: 'loss', params: { extra: 0.5 } })
  })

  test('for a training run that has ended are checked against its last controls', async () => {
    const { asker, end } = asking()
    end()
    await expect(asker.set({ lr: 0.5 })).rejects.toMatchObject({ code: 'no-answer' })
  })
})
