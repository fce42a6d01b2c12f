import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSweepStatus } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { addToInbox } from '../src/node.ts'
import { type Asked, pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep } from './sweeps.ts'

/** Of 12 trials, trial 3 runs out of memory, trial 5 logs NaN, trial 7 exceeds a time limit, and trial 9 fails once. */
const LAUNCHER = `case "$HYPERHERD_TRIAL_ID" in
  3) echo "torch.OutOfMemoryError: CUDA out of memory" >&2; exit 1 ;;
  5) log_result loss 0.4 1; log_result loss NaN 2; for i in $(seq 20000); do log_result loss NaN $((i + 2)) || exit; sleep 0.1; done ;;
  7) exec timeout 0.2 sleep 60 ;;
  9) if [ "$HYPERHERD_ATTEMPT" = 1 ]; then echo "OSError: gone" >&2; exit 1; fi ;;
esac
for step in 1 2 3; do log_result loss "0.$HYPERHERD_TRIAL_ID$step" $step; done
log_result final "0.$HYPERHERD_TRIAL_ID"`

interface Shown {
  readonly trials: readonly { readonly index: number; readonly state: string; readonly step?: number }[]
  readonly totals: Readonly<Record<string, number>>
  readonly inbox: readonly { readonly text?: string }[]
}

/** A model that goes through the phases: a canary, two more trials, the other trials, an answer, and the end. */
function operate({ trials, totals, inbox }: Shown, isHeard: boolean): readonly Asked[] {
  const calls: Asked[] = inbox.map(({ text = '' }) => ['msg', { text: `you asked: ${text}` }])
  const ready = trials.filter(({ state }) => state === 'ready').map(({ index }) => index)
  const proven = trials.filter(({ state, step }) => state === 'completed' || step !== undefined).length
  const most = proven === 0 ? 1 : proven < 3 ? 3 - (12 - ready.length) : 3
  if (ready.length > 0 && most > 0) calls.push(['run_indices', { indices: ready.slice(0, most), reason: 'next' }])
  const open = ['ready', 'waiting', 'submitting', 'submitted', 'running', 'queued', 'pruning', 'stopping'].reduce(
    (sum, state) => sum + (totals[state] ?? 0),
    0,
  )
  // The person's message must have arrived before.
  if (open === 0 && isHeard)
    calls.push(['post_results_table', { caption: 'all done' }], ['halt', { reason: 'all trials have ended' }])
  else calls.push(['schedule_next', { delay_seconds: 60 }])
  return calls
}

test("a sweep of 12 trials is operated to its end: out of memory, NaN, a time limit, a failure, and a person's message", async () => {
  let isHeard = false
  const model = await scriptedModel(({ text }) => {
    if (text.includes('Results.')) return {}
    const shown: Shown = JSON.parse(text.slice(text.indexOf('{"sweep_name"')))
    isHeard ||= shown.inbox.length > 0
    return { calls: operate(shown, isHeard) }
  })
  const more = 'objective: {metric: loss, direction: min}\n'
  const one = sweep(LAUNCHER, { trials: 12, more, monitor: pointedAt(model) })
  let isAsked = false
  // The clock is advanced, so that scheduled ticks do not take real time.
  const start = Date.now()
  let skipped = 0
  const nowMs = (): number => Date.now() + skipped
  const hurry = setInterval(() => {
    skipped = Math.min(skipped + 30_000, 10_000_000)
    if (!isAsked && Date.now() - start > 1000) {
      isAsked = true
      addToInbox(join(one.root, '.hyperherd'), {
        timestamp: 't',
        source: 'cli',
        author: 'ada',
        text: 'how is it going?',
        isOperator: true,
      })
    }
  }, 200)
  const end = await one.monitor({ nowMs }).finally(() => clearInterval(hurry))
  expect(end.why).toBe('halted')
  const { trials } = await readSweepStatus(one.workspace)
  const by = (state: string): readonly number[] =>
    trials.filter((trial) => trial.state === state).map(({ trial }) => trial.i)
  expect([by('failed'), by('pruned'), by('completed')]).toEqual([[3, 7], [5], [0, 1, 2, 4, 6, 8, 9, 10, 11]])
  expect(trials.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1])
  const said = one.lines.join('\n')
  for (const line of [
    'trial 3 failed with an out-of-memory error on the GPU',
    'trial 5: "loss" is not a number; it is pruned',
    'trial 7 failed with a timeout',
    'trial 9 failed with OSError; it is being restarted',
    'you asked: how is it going?',
    'all done',
    'the monitor is stopping: all trials have ended',
  ])
    expect(said).toContain(line)
  expect(said.split('\n').filter((line) => line.includes('you asked'))).toHaveLength(1)
  const log = readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8')
  expect(log).not.toContain('"ok":false')
})
