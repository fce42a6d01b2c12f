import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { effectiveValues } from '../src/node/population/members.ts'
import { drive, openWorkspace, runSweep } from '../src/node.ts'
import { journalOf, killTrials, population } from './population-workspace.ts'

/** A population of two. The test determines how many steps the training runs take, and when the driver checks. */
async function gatedPair() {
  const root = population({ trials: 2, env: 'POPULATION_GATE=gate' })
  const workspace = openWorkspace(root)
  onTestFinished(() => {
    workspace.close()
    killTrials(root)
  })
  await runSweep(workspace)
  const dirOf = (i: number): string => join(root, '.hyperherd/results', String(i))
  const ledger = (i: number): string => {
    const path = join(dirOf(i), 'hotcb.applied.jsonl')
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const look = async (): Promise<void> => void (await drive(workspace, { once: true }))
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await sleep(10)
  }
  return {
    root,
    workspace,
    dirOf,
    ledger,
    look,
    until,
    /** Lets a training run make a number of steps since its start, and waits until its metrics contain the last of them. */
    async allow(i: number, taken: number) {
      writeFileSync(join(root, `gate-${i}`), String(taken))
      const metrics = join(dirOf(i), 'hotcb.metrics.jsonl')
      await until(() => existsSync(metrics) && readFileSync(metrics, 'utf8').split('\n').length > taken)
    },
    decided: (key: string): boolean => journalOf(root).some((line) => line.type === 'decide' && line.key === key),
  }
}

test('a boundary that is passed again after a load keeps its checkpoint, even if an older one is deleted at that moment', async () => {
  const { root, workspace, dirOf, ledger, look, until, allow, decided } = await gatedPair()
  const rates = [...workspace.journal.fold.trials.values()].map(({ trial }) =>
    Number(Object(trial.params[0]?.[1]).value),
  )
  const [bad, good] = (rates[0] ?? 0) < (rates[1] ?? 0) ? [0, 1] : [1, 0]
  // The first check starts the training runs; the later ones request checkpoints ahead.
  await look()
  await until(() => [bad, good].every((i) => ledger(i).includes('"attempt"')))
  while (![bad, good].every((i) => existsSync(join(dirOf(i), 'hotcb.commands.jsonl')))) await look()
  await allow(good, 12)
  await allow(bad, 31)
  await until(() => ledger(bad).includes('"tag":"pbt-30"'))
  // It loads the other member's weights from step 10, and passes step 20 again.
  await look()
  expect(decided(`pbt/30/${bad}`)).toBe(true)
  await allow(bad, 32)
  await until(() => ledger(bad).includes('"action":"load"'))
  expect(effectiveValues(workspace.journal.fold, bad).size).toBe(0)
  await allow(bad, 41)
  // At the next step, 20, its earlier checkpoint of that step is also deleted.
  await look()
  await allow(bad, 43)
  await until(() => ledger(bad).includes('"action":"drop"'))
  const kept = openRunDirectory(dirOf(bad)).checkpoints()
  expect(kept.map(({ meta }) => meta?.step)).toContain(21)
  await look()
  expect(decided(`pbt/20/${bad}`)).toBe(true)
  // The output of `herd res`: the rate that was set by the load.
  const now = Number(Object(effectiveValues(workspace.journal.fold, bad).get('lr')).value)
  expect(now).toBeGreaterThan(0)
  expect(now).not.toBe(rates[bad])
  // No tag is ever used for two checkpoints, so a request about one cannot affect another.
  const saved = [...openRunDirectory(dirOf(bad)).records('ledger')].flatMap(({ value }) =>
    value.decision === 'applied' && value.params?.['action'] === 'save' ? [String(value.payload?.['tag'])] : [],
  )
  expect(new Set(saved).size).toBe(saved.length)
  for (const i of [bad, good]) writeFileSync(join(root, `gate-${i}`), '1000')
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
})
