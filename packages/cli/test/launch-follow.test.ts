import type { AutopilotEvent } from '@hotcb/autopilot'
import type { LaunchEnd, LaunchEvent, LaunchHandle } from '@hotcb/launch/node'
import type { LedgerLine } from '@hotcb/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createCapturedTerminal } from '../src/commands/agents/captured-terminal.ts'
import { follow } from '../src/commands/launch/follow.ts'
import type { Signals } from '../src/commands/launch/launch.ts'
import type { CliContext } from '../src/context.ts'
import { ledgerLine } from './answerer.ts'

const END: LaunchEnd = {
  runDir: '/data/runs/a b',
  exitCode: 0,
  signal: null,
  asked: null,
  step: 500,
  stoppedEarly: false,
  metrics: {},
  hadLeftovers: false,
  output: '',
}

interface Story {
  readonly end?: Partial<LaunchEnd>
  readonly events?: readonly LaunchEvent[]
  readonly handle?: Partial<LaunchHandle>
  readonly json?: boolean
  readonly isResumed?: boolean
  /** The number of interrupts. */
  readonly interrupts?: number
}

/** Follows a launched run that ends in this way. */
async function followed({ end, events = [], handle = {}, json = false, isResumed = false, interrupts = 0 }: Story) {
  const captured = createCapturedTerminal()
  const ended = { ...END, ...end }
  let stops = 0
  async function* stream(): AsyncIterableIterator<LaunchEvent> {
    yield* events
    yield { kind: 'ended', end: ended }
    throw new Error('nothing follows the end')
  }
  const run = {
    runDir: ended.runDir,
    url: null,
    autopilot: 'off',
    keyMetric: null,
    pid: 4711,
    events: stream,
    wait: () => Promise.resolve(ended),
    stop: () => {
      stops++
      return stops > 1 ? Promise.reject(new Error('it is kept elsewhere')) : Promise.resolve(ended)
    },
    ...handle,
  } as unknown as LaunchHandle // the parts that are used
  let count = 0
  const signals: Signals = {
    get count() {
      return count
    },
    listen(onSignal) {
      for (let i = 0; i < interrupts; i++) {
        count++
        onSignal()
      }
    },
    release: () => {},
  }
  const context = { terminal: captured.terminal, json } as unknown as CliContext // the parts that are used
  const code = await follow(run, context, signals, { isResumed })
  return { code, stops, out: captured.output().split('\n'), err: captured.errors().split('\n').filter(Boolean) }
}

/** The lines about the end. */
async function endOf(end: Partial<LaunchEnd>, handle: Partial<LaunchHandle> = {}) {
  const { code, out } = await followed({ end, handle })
  return { code, lines: out.slice(out.indexOf('') + 1) }
}

const LOG = "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log"

test('the first lines show the directory, the process, the dashboard, the autopilot and a next command', async () => {
  expect((await followed({})).out.slice(0, 4)).toEqual([
    'Training in /data/runs/a b, process 4711; its output is in /data/runs/a b/hotcb.out',
    "Try this in a second terminal, in the same directory:  hotcb --dir '/data/runs/a b' status",
    '',
    'Done at step 500',
  ])
  const handle = {
    url: 'http://127.0.0.1:8421',
    autopilot: 'auto',
    pid: null,
    keyMetric: { name: 'loss', direction: 'min' },
  } as const
  expect((await followed({ handle, isResumed: true })).out.slice(0, 5)).toEqual([
    'Resumed /data/runs/a b, process ?; its output is in /data/runs/a b/hotcb.out',
    'Dashboard: http://127.0.0.1:8421',
    'Autopilot: mode auto, key metric loss',
    "Try this in a second terminal, in the same directory:  hotcb --dir '/data/runs/a b' status",
    '',
  ])
  expect((await followed({ handle: { autopilot: 'suggest' } })).out[1]).toEqual(
    'Autopilot: mode suggest, key metric none',
  )
  expect((await followed({ end: { runDir: process.cwd() } })).out[0]).toEqual(
    'Training in ., process 4711; its output is in ./hotcb.out',
  )
  expect((await followed({ end: { runDir: `${process.cwd()}/runs/a` } })).out[0]).toEqual(
    'Training in runs/a, process 4711; its output is in runs/a/hotcb.out',
  )
})

test('the last lines show how the run ended, and how to continue', async () => {
  expect(await endOf({})).toEqual({ code: 0, lines: ['Done at step 500', LOG] })
  expect(await endOf({ exitCode: null, step: null })).toEqual({
    code: 0,
    lines: ['The training ended; its exit code is unknown', LOG],
  })
  expect(await endOf({ exitCode: null })).toEqual({
    code: 0,
    lines: [
      'The training ended at step 500; its exit code is unknown',
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  expect(await endOf({ asked: 'max-time', stoppedEarly: true })).toEqual({
    code: 0,
    lines: [
      'Time is up at step 500',
      "To continue:  hotcb launch --resume '/data/runs/a b'",
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  expect(
    await endOf({ asked: 'stop', signal: 'SIGTERM', exitCode: null, stoppedEarly: true } as Partial<LaunchEnd>),
  ).toEqual({
    code: 0,
    lines: [
      'Stopped at step 500',
      "To continue:  hotcb launch --resume '/data/runs/a b'",
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  expect(
    await endOf({ asked: 'stop', signal: 'SIGKILL', exitCode: null, stoppedEarly: true } as Partial<LaunchEnd>),
  ).toEqual({
    code: 0,
    lines: [
      'Stopped at step 500: it had to be killed, and may have lost steps since its last checkpoint',
      "To continue:  hotcb launch --resume '/data/runs/a b'",
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  expect(await endOf({ exitCode: 3, stoppedEarly: true, output: 'one\ntwo\n\n' })).toEqual({
    code: 1,
    lines: [
      'The training failed with exit code 3 at step 500',
      'The last lines that it printed:',
      '  one',
      '  two',
      "To continue:  hotcb launch --resume '/data/runs/a b'",
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  expect(await endOf({ exitCode: null, signal: 'SIGSEGV', output: '\n' })).toEqual({
    code: 1,
    lines: [
      'The training was stopped by SIGSEGV at step 500',
      'It printed nothing.',
      "To continue:  hotcb launch --resume '/data/runs/a b'",
      "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
    ],
  })
  const output = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n')
  expect((await endOf({ exitCode: 1, output, hadLeftovers: true })).lines).toEqual([
    'The training failed with exit code 1 at step 500',
    'Processes that it left behind were killed.',
    'The last lines that it printed:',
    '  line 8',
    '  line 9',
    '  line 10',
    '  line 11',
    '  line 12',
    '  line 13',
    '  line 14',
    '  line 15',
    '  line 16',
    '  line 17',
    '  line 18',
    '  line 19',
    "To continue:  hotcb launch --resume '/data/runs/a b'",
    "To see what was changed, and when:  hotcb --dir '/data/runs/a b' log",
  ])
})

test('the end shows four metrics, the key metric first', async () => {
  const metrics = { a: 1, b: null, c: 0.123456, d: 4, e: 5 }
  expect((await endOf({ metrics })).lines[0]).toBe('Done at step 500: a 1, b nan, c 0.12346, d 4')
  const keyMetric = { name: 'e', direction: 'max' } as const
  expect((await endOf({ metrics }, { keyMetric })).lines[0]).toBe('Done at step 500: e 5, a 1, b nan, c 0.12346')
})

test('with `--json` there are two documents', async () => {
  const { code, out, err } = await followed({
    json: true,
    interrupts: 1,
    isResumed: true,
    end: { asked: 'stop', exitCode: 1, stoppedEarly: true, metrics: { loss: 1 } } as Partial<LaunchEnd>,
    events: [{ kind: 'step', step: 4, metrics: { loss: 1 } }],
  })
  expect({ code, err }).toEqual({ code: 130, err: [] })
  expect(out.map((line) => JSON.parse(line))).toEqual([
    {
      run_dir: '/data/runs/a b',
      address: null,
      pid: 4711,
      resumed: true,
    },
    {
      run_dir: '/data/runs/a b',
      exit_code: 1,
      signal: null,
      asked: 'stop',
      step: 500,
      stopped_early: true,
      leftovers: false,
      metrics: {
        loss: 1,
      },
    },
  ])
})

test('an interrupt ends the training, a second one sends the next signal, and an error is reported', async () => {
  const once = await followed({ interrupts: 1 })
  expect(once).toMatchObject({
    code: 130,
    stops: 1,
    err: ['Stopping the training. Press Ctrl-C again to send the next signal immediately.'],
  })
  const twice = await followed({ interrupts: 2 })
  expect(twice).toMatchObject({ code: 130, stops: 2 })
  expect(twice.err.slice(1)).toEqual(['Sending the next signal.', 'it is kept elsewhere'])
  // A failure takes precedence over the interrupt.
  expect((await followed({ interrupts: 1, end: { exitCode: 2 } })).code).toBe(1)
})

/** The lines that these events print. */
async function linesOf(...events: readonly LaunchEvent[]): Promise<readonly string[]> {
  const { out, err } = await followed({ events })
  return [...err, ...out.slice(out.indexOf('') + 1, -2)]
}

const line = (rest: Partial<LedgerLine>): LaunchEvent => ({ kind: 'change', line: ledgerLine(rest) })

test('changes are shown with their step, outcome and author; the kernel’s own lines are not', async () => {
  expect(
    await linesOf(
      line({ payload: { lr: 0.01 }, old: { lr: 0.1 }, author: 'ann' }),
      line({ step: null, payload: { lr: 0.01 }, author: 'cli' }),
      line({ decision: 'failed', params: { lr: 9 }, error: 'too high' }),
      line({ decision: 'skipped_noop', params: { lr: 9 } }),
      line({ module: 'core', op: 'attempt' }),
      line({ module: 'core', op: 'yaml' }),
      line({ module: 'core', op: 'pause' }),
      line({ module: 'opt', op: 'attempt' }),
      line({ module: 'core', op: 'checkpoint', source: 'kernel', params: { action: 'save' } }),
      line({ module: 'core', op: 'checkpoint', source: 'kernel', params: { action: 'save' }, decision: 'failed' }),
      line({ module: 'core', op: 'checkpoint', source: 'cli', author: 'ann', params: { action: 'save' } }),
    ),
  ).toEqual([
    'step 412: lr 0.1 → 0.01   (ann, cli)',
    'before the first step: lr = 0.01   (cli)',
    'step 412: lr = 9 failed: too high   (cli)',
    'step 412: lr = 9 skipped_noop   (cli)',
    'step 412: pause   (cli)',
    'step 412: attempt opt   (cli)',
    'step 412: checkpoint save failed   (kernel)',
    'step 412: checkpoint save   (ann, cli)',
  ])
})

test('notes go to standard error; metrics are shown every five seconds, without machine metrics', async () => {
  let nowMs = 100
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  onTestFinished(() => clock.mockRestore())
  async function* events(): AsyncIterableIterator<LaunchEvent> {
    yield { kind: 'note', text: 'the dashboard\u001b[31m uses another port' }
    yield { kind: 'step', step: 1, metrics: { loss: 0.5, 'sys/cpu': 3 } }
    nowMs += 4999
    yield { kind: 'step', step: 2, metrics: { loss: 0.4, acc: null } }
    nowMs += 1
    yield { kind: 'step', step: 3, metrics: { a: 1, b: 2, c: 3 } }
    nowMs += 5000
    yield { kind: 'step', step: 4, metrics: {} }
    yield { kind: 'ended', end: END }
  }
  const { out, err } = await followed({ handle: { events } })
  expect(err).toEqual(['the dashboard\uFFFD[31m uses another port'])
  expect(out.slice(out.indexOf('') + 1, -2)).toEqual([
    'step 1   loss 0.5',
    'step 3   loss 0.4   acc nan   a 1   b 2',
    'step 4   loss 0.4   acc nan   a 1   b 2',
  ])
})

test('each autopilot event is a line', async () => {
  const base = {
    id: 'a1-1',
    step: 7,
    rule: 'falls',
    metric: 'loss',
    confidence: 'high',
    because: 'loss rose',
    evidence: {},
  } as const
  const command = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.05 }, cid: 'ap-a1-1' }
  const answer = {
    kind: 'approved',
    id: 'a1-1',
    step: 9,
    cid: 'ap-a1-1',
    by: 'ann',
    decision: 'applied',
    seq: 3,
    reason: null,
  } as const
  const events = [
    { ...base, kind: 'alert' },
    { ...base, kind: 'propose', command, plan: [], procedure: null },
    { ...base, kind: 'act', command, plan: [], procedure: null, isContinued: false },
    { kind: 'outcome', id: 'a1-1', step: 8, verdict: 'better', because: 'it fell', evidence: {} },
    answer,
    { ...answer, kind: 'decided', by: null, decision: 'failed', reason: 'too high' },
  ] as unknown as readonly AutopilotEvent[] // their commands are shorter than real ones
  expect(await linesOf(...events.map((event) => ({ kind: 'autopilot', event }) as const))).toEqual([
    'step 7  a1-1 falls: loss rose',
    'step 7  a1-1 falls proposes lr = 0.05: loss rose',
    'step 7  a1-1 falls does lr = 0.05: loss rose',
    'step 8  a1-1 effect better: it fell',
    'step 9  a1-1 approved by ann: applied',
    'step 9  a1-1 decided: failed, too high',
  ])
})
