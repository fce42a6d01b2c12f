import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, onTestFinished, test } from 'vitest'
import { carryOutAct } from '../src/node/carry-out-act.ts'
import type { Act } from '../src/types.ts'
import { sweep } from './sweeps.ts'

interface Command {
  readonly cid: string
  readonly module: string
  readonly params: object
}

const ACTUATORS = {
  controls: [
    { param_key: 'lr', group: 'opt', type: 'float' },
    { param_key: 'weight', group: 'loss', type: 'float' },
  ],
}

/** A trial whose trainer answers each command with these ledger fields. */
function trained(answer: (command: Command) => object) {
  const { workspace, root } = sweep('true', { trials: 1 })
  const dir = join(workspace.paths.results, '0')
  mkdirSync(dir, { recursive: true })
  const [ledger, commands] = [join(dir, 'hotcb.applied.jsonl'), join(dir, 'hotcb.commands.jsonl')]
  writeFileSync(ledger, '')
  const kernel = { name: 'k', version: '1', pid: process.pid, host: hostname(), attempt: 1, start: processStart() }
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify({ protocol: 1, kernel, step: 4 }))
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify(ACTUATORS))
  const seen: Command[] = []
  const timer = setInterval(() => {
    const lines = existsSync(commands) ? readFileSync(commands, 'utf8').trim().split('\n').slice(seen.length) : []
    for (const line of lines.filter((one) => one !== '')) {
      const command: Command = JSON.parse(line)
      seen.push(command)
      const { cid, module, params } = command
      const base = { seq: seen.length, step: 5, wall_time: 1, cid, module, op: 'set_params', params }
      appendFileSync(ledger, `${JSON.stringify({ ...base, decision: 'applied', ...answer(command) })}\n`)
    }
  }, 5)
  onTestFinished(() => clearInterval(timer))
  const act = (values: object): Act => ({
    ...{ tool: 'set_controls', args: { index: 0, values }, expect: [], class: 'control', reason: 'it is stuck' },
  })
  return { root, seen, set: (values: object) => carryOutAct(workspace, '3.1', act(values)) }
}

test('controls are set through their modules, with ids that make a repetition harmless', async () => {
  const { set, seen } = trained(() => ({}))
  expect(await set({ lr: 0.5, weight: 2 })).toEqual({ ok: true, text: 'lr = 0.5; weight = 2' })
  const shared = { op: 'set_params', source: 'sweep', author: 'monitor', note: 'it is stuck' }
  expect(seen).toMatchObject([
    { ...shared, cid: 'monitor:3.1-opt', module: 'opt', params: { lr: 0.5 } },
    { ...shared, cid: 'monitor:3.1-loss', module: 'loss', params: { weight: 2 } },
  ])
})

test('a refused change is an outcome with its reason', async () => {
  const { set } = trained(({ module }) =>
    module === 'loss' ? { decision: 'failed', error: 'weight must be above 0, not -1' } : {},
  )
  expect(await set({ lr: 0.5, weight: -1 })).toEqual({
    ok: false,
    text: 'lr = 0.5; weight = -1: failed: weight must be above 0, not -1',
  })
  expect(await set({ lr: 0.5 })).toMatchObject({ ok: true })
  expect(await set({ other: 1 })).toEqual({ ok: false, text: expect.stringContaining('other') })
})
