import { createMutableState, floatActuator } from '@hotcb/actuators'
import type { Env, HotModule, ModuleContext } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { RankMessage } from '../src/collective.ts'
import { type CheckpointPort, createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { gadget } from './gadget.ts'
import { type ToyTrainer, toyTrainer } from './run-dir.ts'

type End = Extract<RankMessage, { kind: 'end' }>

interface Follower extends ToyTrainer {
  readonly kernel: Kernel
  /** What rank 1 answered. */
  readonly replies: unknown[]
  readonly said: string[]
  /** Messages of rank 0 that rank 1 has not read yet. */
  readonly unread: (RankMessage | Error)[]
}

/**
 * Rank 1 of two in this process: rank 0 is a list of messages, and cannot be reached after an error or the last
 * message.
 */
function follower(messages: readonly (RankMessage | Error)[], options: KernelOptions = {}): Follower {
  const unread = [...messages]
  const replies: unknown[] = []
  const said: string[] = []
  const trainer = toyTrainer()
  const collective = {
    rank: 1,
    worldSize: 2,
    broadcast: () => {
      const next = unread.shift() ?? new Error('rank 0 is silent')
      if (next instanceof Error) throw next
      return JSON.stringify(next)
    },
    allGather: (text: string) => {
      replies.push(JSON.parse(text))
      return ['{"ok":true}', text]
    },
  }
  const kernel = createKernel({ state: trainer.state, log: (line) => said.push(line), ...options, collective })
  return { ...trainer, kernel, replies, said, unread }
}

function end(next: End['next'], more: Partial<End> = {}): End {
  return { kind: 'end', next, paused: false, stop: false, rewound: null, ...more }
}

function setRate(lr: number, step = 0): RankMessage {
  return {
    kind: 'op',
    op: { module: 'opt', op: 'set_params', id: 'main', params: { lr } },
    channel: 'live',
    step,
    total: null,
  }
}

const rateOf = ({ optimizer }: ToyTrainer): number => optimizer.paramGroups[0]?.lr ?? Number.NaN

/** A module that records its calls. */
function recorder(name = 'probe'): {
  readonly module: HotModule
  readonly calls: unknown[]
  readonly contexts: ModuleContext[]
} {
  const calls: unknown[] = []
  const contexts: ModuleContext[] = []
  const module: HotModule = {
    name,
    attach: (context) => {
      contexts.push(context)
    },
    onEvent: (event: string, env: Env) => void calls.push([event, env.step]),
    onSafePoint: (env: Env, context) => {
      calls.push(['safe point', env.step])
      contexts.push(context)
    },
    close: () => void calls.push('close'),
  }
  return { module, calls, contexts }
}

test('a rank above 0 listens only at the places that rank 0 chose', () => {
  const rank = follower([
    end({ step: 3, call: 0 }),
    setRate(0.05, 3),
    end({ step: 5, call: 1 }),
    setRate(0.02, 5),
    end(null),
  ])
  const left = [0, 1, 2, 3, 4, 5, 5, 6].map((step) => {
    rank.kernel.apply({ step })
    return [step, rank.unread.length, rateOf(rank)]
  })
  expect(left).toEqual([
    [0, 4, 0.1],
    [1, 4, 0.1],
    [2, 4, 0.1],
    [3, 2, 0.05],
    [4, 2, 0.05],
    [5, 2, 0.05],
    [5, 0, 0.02],
    [6, 0, 0.02],
  ])
  // One answer for each op, and one for each end with a next place.
  expect(rank.replies).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }])
  expect(rank.said).toEqual([])
})

test('a host that counts the calls itself determines the current call', () => {
  const rank = follower([end({ step: 0, call: 2 }), setRate(0.05), end(null)])
  const rates = [0, 1, 2].map((call) => {
    rank.kernel.apply({ step: 0 }, [], { call })
    return rateOf(rank)
  })
  expect(rates).toEqual([0.1, 0.1, 0.05])
})

test('changes for the end of a call are applied after the modules have received its events', () => {
  const seen: unknown[] = []
  const rank = follower([end({ step: 0, call: 0, end: true }), setRate(0.05), end(null)], {
    modules: [{ name: 'probe', onEvent: (event) => void seen.push([event, rateOf(rank)]) }],
  })
  rank.kernel.apply({ step: 0 }, ['first', 'second'])
  expect([seen, rateOf(rank)]).toEqual([
    [
      ['first', 0.1],
      ['second', 0.1],
    ],
    0.05,
  ])
})

test('modules receive the events of a safe point once, when rank 0 requests it or at its end', () => {
  const { module, calls } = recorder()
  const choosy: HotModule = {
    name: 'choosy',
    listens: () => ['b'],
    onEvent: (event) => void calls.push(`choosy ${event}`),
  }
  const rank = follower([{ kind: 'events' }, setRate(0.05), end({ step: 1, call: 0 }), end(null)], {
    modules: [module, choosy],
  })
  rank.kernel.apply({ step: 0 }, ['a', 'b'])
  rank.kernel.apply({ step: 1 }, ['a'])
  rank.kernel.close()
  expect(calls).toEqual([['a', 0], ['b', 0], 'choosy b', ['safe point', 0], ['a', 1], ['safe point', 1], 'close'])
  expect(rank.kernel.apply({ step: 2 }, ['a'])).toMatchObject({ stop: false, paused: false, rewound: null })
  expect(calls.length).toBe(7)
})

test('a module that throws is reported, and the others still receive the event', () => {
  const { module, calls } = recorder()
  const fail = (): never => {
    throw new Error('broken')
  }
  const bad: HotModule = { name: 'bad', attach: fail, onEvent: fail, onSafePoint: fail, close: fail }
  const rank = follower([end(null)], { modules: [bad, module] })
  rank.kernel.apply({ step: 0 }, ['a'])
  rank.kernel.close()
  expect(rank.said).toEqual(Array.from({ length: 4 }, () => 'module `bad` threw: broken'))
  expect(calls).toEqual([['a', 0], ['safe point', 0], 'close'])
})

test('the context of a module has the step, the total, the controls and the directory, and cannot submit', () => {
  const { module, contexts } = recorder()
  const rank = follower([end(null)], { modules: [module], runDir: '/runs/one' })
  rank.kernel.apply({ step: 4, maxSteps: 9 })
  expect(
    contexts.map(({ channel, step, total, runDir, isCatchingUp }) => [channel, step, total, runDir, isCatchingUp]),
  ).toEqual([
    ['live', null, null, '/runs/one', false],
    ['live', 4, 9, '/runs/one', false],
  ])
  expect(contexts[1]?.controls.find((one) => one.param_key === 'lr')?.current).toBe(0.1)
  expect(rank.kernel.submit({ module: 'opt', op: 'enable' })).toBeNull()
  expect(rank.said).toEqual(['rank 1 may not submit: only rank 0 submits opt enable'])
  const without = recorder()
  follower([], { modules: [without.module] })
  expect(without.contexts[0]).not.toHaveProperty('runDir')
})

test('an op that fails here is answered with its error, and with the controls that could not be restored', () => {
  const bad: RankMessage = {
    kind: 'op',
    op: { module: 'opt', op: 'set_params', id: 'main', params: { lrr: 1 } },
    channel: 'live',
    step: 0,
    total: null,
  }
  const rank = follower([bad, end(null)])
  rank.kernel.apply({ step: 0 })
  expect(rank.replies).toEqual([{ ok: false, error: expect.stringContaining('unknown_param: `lrr`'), broken: [] }])
})

test('an op is reverted if rank 0 requests that in its next message, and kept otherwise', () => {
  const undo: RankMessage = { kind: 'undo' }
  const undone = follower([setRate(0.05), undo, undo, end(null)])
  undone.kernel.apply({ step: 0 })
  expect([rateOf(undone), undone.replies]).toEqual([0.1, [{ ok: true }, { ok: true }, { ok: true }]])
  const kept = follower([setRate(0.05), { kind: 'events' }, undo, end(null)])
  kept.kernel.apply({ step: 0 })
  expect(rateOf(kept)).toBe(0.05)
})

test('during a pause a rank listens until rank 0 continues, and a stop aborts its signal', () => {
  const rank = follower([
    end({ step: 0, call: 0 }, { paused: true }),
    setRate(0.05),
    end({ step: 1, call: 0 }),
    end({ step: 2, call: 0 }, { stop: true }),
    end(null, { stop: true }),
  ])
  expect(rank.kernel.apply({ step: 0 })).toMatchObject({ paused: false, stop: false })
  expect([rateOf(rank), rank.unread.length, rank.kernel.signal.aborted]).toEqual([0.05, 2, false])
  expect(rank.kernel.apply({ step: 1 })).toMatchObject({ paused: false, stop: true })
  expect([rank.kernel.signal.aborted, rank.kernel.signal.reason]).toEqual([true, 'stopped by command'])
  expect(rank.kernel.apply({ step: 2 })).toMatchObject({ stop: true })
})

test('after a load the loop goes back on every rank, and the next safe point begins without it', () => {
  const { module, calls } = recorder()
  const rank = follower(
    [end({ step: 7, call: 0 }), end({ step: 5, call: 1 }, { rewound: 5 }), setRate(0.05, 5), end(null)],
    { modules: [module] },
  )
  rank.kernel.apply({ step: 6 })
  expect(rank.kernel.apply({ step: 7 }, ['a']).rewound).toBe(5)
  // The events of the step that the load ended are not delivered.
  expect(calls).toEqual([['safe point', 6]])
  expect([rank.kernel.apply({ step: 5 }).rewound, rateOf(rank)]).toEqual([null, 0.1])
  rank.kernel.apply({ step: 5 })
  expect(rateOf(rank)).toBe(0.05)
})

test('a checkpoint is loaded on this rank, or the reply states why not', () => {
  const load: RankMessage = { kind: 'load', tag: 'good' }
  const loaded: unknown[] = []
  const save = (): void => undefined
  const done = { tag: 'good', step: 4 }
  const ports: readonly CheckpointPort[] = [
    {
      save,
      load: (one) => {
        loaded.push(one)
        return done
      },
    },
    { save },
    { save, load: async () => done },
    {
      save,
      load: () => {
        throw new Error('no such file')
      },
    },
  ]
  const answers = ports.map((checkpoints) => {
    const rank = follower([load, end(null)], { checkpoints })
    rank.kernel.apply({ step: 0 })
    return rank.replies[0]
  })
  expect(loaded).toEqual([{ tag: 'good' }])
  expect(answers).toEqual([
    { ok: true },
    { ok: false, error: 'this rank registered no `load` for checkpoints' },
    { ok: false, error: '`load` returned a promise: it must be synchronous on ranks above 0' },
    { ok: false, error: 'no such file' },
  ])
})

test('a restart restores the controls and modules that rank 0 sends, before the first step', () => {
  const gad = (op: string, gain: number) => ({ op: { module: 'gad', op, id: 'g', params: { gain } }, step: 1 })
  const rate = { op: { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.05 } }, step: 2 }
  const gone = { op: { module: 'opt', op: 'set_params', id: 'main', params: { gone: 1 } }, step: 3 }
  const restore = (isReset: boolean, snapshot: { gad: { gain: number; heard: number } } | null): RankMessage => ({
    kind: 'restore',
    step: 4,
    total: null,
    stream: [rate, gone],
    modules: [gad('load', 1)],
    snapshot,
    modulesAfter: [gad('set_params', 3)],
    isReset,
  })
  const module = gadget()
  const rank = follower([restore(false, { gad: { gain: 9, heard: 5 } }), end({ step: 9, call: 0 })], {
    modules: [module],
  })
  expect(rank.kernel.continueFrom({ step: 4 })).toMatchObject({ stop: false, rewound: null })
  expect([rateOf(rank), module.state]).toEqual([0.05, { gain: 3, heard: 5 }])
  expect(rank.said).toEqual([expect.stringMatching(/^step 3: opt set_params: unknown_param: `gone`/)])
  // Only the end is answered.
  expect(rank.replies).toEqual([{ ok: true }])
  const reset = gadget()
  reset.state = { gain: 7, heard: 7 }
  const again = follower([{ ...restore(true, null), modules: [], modulesAfter: [] } as RankMessage, end(null)], {
    modules: [reset],
  })
  again.kernel.continueFrom({ step: 4 })
  expect(reset.state).toBeNull()
})

test('when rank 0 cannot be reached, the last op is reverted and training continues without changes', () => {
  const rank = follower([setRate(0.05), new Error('the network is gone'), setRate(0.02), end(null)])
  expect(rank.kernel.apply({ step: 0 })).toMatchObject({ stop: false, paused: false })
  expect(rateOf(rank)).toBe(0.1)
  rank.kernel.apply({ step: 1 })
  expect([rateOf(rank), rank.unread.length]).toEqual([0.1, 2])
  expect(rank.said).toEqual([
    'rank 1: the ranks cannot be reached, so no more changes are made here: the network is gone',
  ])
  const paused = follower([end({ step: 0, call: 0 }, { paused: true })])
  expect(paused.kernel.apply({ step: 0 }).paused).toBe(false)
  const sticky = follower([setRate(0.05)], {
    state: createMutableState([
      floatActuator({
        key: 'lr',
        get: () => 0.1,
        set: (value) => {
          if (value === 0.1) throw new Error('no way back')
        },
      }),
    ]),
  })
  sticky.kernel.apply({ step: 0 })
  expect(sticky.said[0]).toMatch(
    /made here: rank 0 is silent; rank 1: it could not be reverted: apply_fn_exception: `lr`: no way back/,
  )
})

test('a rank above 0 has no attempt, no ledger and nothing to skip', async () => {
  const rank = follower([end({ step: 1, call: 0 }), end(null)])
  const { kernel } = rank
  expect([kernel.seq, kernel.attempt, kernel.deciding, kernel.snapshot()]).toEqual([0, 0, null, {}])
  const { attention } = kernel
  expect([attention.isBusy, attention.nextStep, attention.nextAt, attention.look()]).toEqual([
    true,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    false,
  ])
  expect(await kernel.applyAsync({ step: 0 })).toMatchObject({ stop: false })
  expect(() => kernel.continueFrom({ step: 1 })).toThrow('`continueFrom` must be called once, before the first `apply`')
})

test('a schedule changes the rate on every rank, and its problems are reported there', () => {
  const { optimizer, state } = toyTrainer({
    schedule: (step) => {
      if (step === 2) throw new Error('no rate')
      return 1 / (1 + step)
    },
  })
  const rank = follower([end(null)], { state })
  const rates = [0, 1, 2].map((step) => {
    rank.kernel.apply({ step })
    return optimizer.paramGroups[0]?.lr
  })
  expect([rates, rank.said]).toEqual([[1, 0.5, 0.5], ['`lr` could not be updated: no rate']])
})
