import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSweepStatus } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { readRules } from '../src/rules/read-rules.ts'
import { WAIT } from './living.ts'
import { sweep } from './sweeps.ts'

const DIVERGES = `for step in $(seq 40000); do
  if [ "$HYPERHERD_TRIAL_ID" = 1 ]; then log_result val/loss $((step + 2)) $step || exit; else log_result val/loss 0.5 $step || exit; fi
  [ "$HYPERHERD_TRIAL_ID" = 1 ] || [ $step -lt 5 ] || exit 0
  sleep 0.05
done`

test('the monitor itself evaluates the rules in PROMPT.md and in the plan, once per trial, and reports malformed ones', async () => {
  const one = sweep(DIVERGES, { trials: 3 })
  writeFileSync(
    join(one.root, 'PROMPT.md'),
    'Please be careful.\n\n- Rule: prune when val_loss > 3 and step >= 3\n- Rule: explode when step > 1\n- Rule: stop when val_loss >\n',
  )
  const driving = one.finish()
  await expect.poll(() => (existsMetrics(one.root) ? 1 : 0), WAIT).toBe(1)
  const end = new AbortController()
  const running = one.monitor({ noAgent: true, signal: end.signal })
  const states = async (): Promise<readonly string[]> =>
    (await readSweepStatus(one.workspace)).trials.map(({ state }) => state)
  await expect.poll(states, WAIT).toEqual(['completed', 'pruned', 'completed'])
  end.abort()
  await running
  await driving
  const said = one.lines.join('\n')
  expect(said.match(/trial 1: the rule "prune when val_loss > 3 and step >= 3" applies; it is pruned/g)).toHaveLength(1)
  expect(said.match(/the rule "explode when step > 1" cannot be used: a rule is prune, stop/g)).toHaveLength(1)
  expect(said.match(/the rule "stop when val_loss >" cannot be used/g)).toHaveLength(1)
  const log = readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8')
  expect(log).not.toContain('"event":"model"')
})

function existsMetrics(root: string): boolean {
  try {
    return readFileSync(join(root, '.hyperherd/logs/1.err'), 'utf8') !== undefined
  } catch {
    return false
  }
}

test("a rule's act is subject to the classes in the config: with `ask` it is proposed, with `never` it is only reported", async () => {
  for (const [allow, said] of [
    ['ask', '; prune it?'],
    ['never', '" applies'],
  ] as const) {
    const one = sweep(DIVERGES, { trials: 2, monitor: `, allow: {cheap: ${allow}}` })
    writeFileSync(join(one.workspace.paths.root, 'PROMPT.md'), 'Rule: prune when step >= 2 and ctl("x") == 2\n')
    const driving = one.finish()
    const end = new AbortController()
    const running = one.monitor({ noAgent: true, signal: end.signal })
    await expect.poll(() => one.lines.some((line) => line.endsWith(said)), WAIT).toBe(true)
    expect((await readSweepStatus(one.workspace)).trials[1]?.state).toBe('running')
    end.abort()
    await running
    void driving.catch(() => undefined)
  }
})

test('a rule that is both in PROMPT.md and in the plan counts once', () => {
  const { rules, problems } = readRules('* rule: Prune if loss > 3', 'text\n- Rule: prune when loss > 3\nRules: none')
  expect([rules.map(({ text }) => text), problems]).toEqual([['prune when loss > 3'], []])
})
