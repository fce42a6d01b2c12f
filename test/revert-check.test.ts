import { appendFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkRevert } from '../apps/dashboard/src/shared/revert-check.ts'
import type { Marker } from '../apps/dashboard/src/shared/wire.ts'
import { dashboard, seeded } from '../apps/dashboard/test/fixture.ts'
import { openKernel } from '../packages/kernel/src/node.ts'
import { toyTrainer } from '../packages/kernel/test/run-dir.ts'
import { BUILT_IN_TABLE, type ControlDescription, type LedgerLine } from '../packages/protocol/src/index.ts'
import { removeDirectory } from './remove-directory.ts'

const STEPS = 60

/** A run with random changes, reverts and switches. Before each revert, the prediction of the page is recorded. */
async function tryRun(seed: number): Promise<{ readonly compared: number; readonly refused: number }> {
  const dir = join(mkdtempSync(join(tmpdir(), 'hotcb-revert-')), 'run')
  const site = await dashboard({ roots: [join(dir, '..')] })
  const { state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const random = seeded(seed)
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One
  let compared = 0
  let refused = 0
  const ledger = (): LedgerLine[] =>
    readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  for (let step = 0; step < STEPS; step++) {
    const seqs = existsSync(join(dir, 'hotcb.applied.jsonl')) ? ledger().map(({ seq }) => seq) : []
    const isRevert = seqs.length > 2 && random() < 0.45
    const command = isRevert
      ? revert(pick(random() < 0.7 ? seqs.slice(-4) : seqs), random() < 0.2)
      : change(random, pick)
    const expected = isRevert ? await judged(site.url, command, state.describe(step)) : undefined
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ cid: `s${step}`, ...command })}\n`)
    kernel.apply({ step })
    const line = ledger().find(({ cid }) => cid === `s${step}`)
    if (expected === undefined || line === undefined) continue
    compared++
    if (line.decision !== 'applied') refused++
    const seq = (command.params as { readonly seq: number }).seq
    expect([seed, step, seq, expected, line.error]).toEqual([seed, step, seq, line.decision === 'applied', line.error])
  }
  kernel.close()
  removeDirectory(join(dir, '..'))
  return { compared, refused }
}

function revert(seq: number, force: boolean): { module: string; op: string; params: object } {
  return { module: 'core', op: 'revert', params: force ? { seq, force } : { seq } }
}

function change(
  random: () => number,
  pick: <One>(list: readonly One[]) => One,
): { module: string; op: string; params: object } {
  const kind = random()
  if (kind < 0.15) return { module: 'opt', op: pick(['disable', 'enable']), params: { key: pick(['momentum', 'lr']) } }
  if (kind < 0.4) return { module: 'loss', op: 'set_params', params: { [pick(['ce', 'ce_w', 'aux'])]: random() } }
  const keys = [pick(['lr', 'momentum', 'weight_decay']), pick(['momentum', 'clip_norm'])]
  return { module: 'opt', op: 'set_params', params: Object.fromEntries(keys.map((key) => [key, random() / 2])) }
}

/** The prediction of the page: whether the revert will be applied. */
async function judged(
  url: string,
  { params }: { readonly params: object },
  controls: readonly ControlDescription[],
): Promise<boolean> {
  const { seq, force } = params as { readonly seq: number; readonly force?: boolean }
  // Readers look again after a moment.
  await new Promise((done) => setTimeout(done, 30))
  const answer = (await (await fetch(`${url}api/runs/run/markers`)).json()) as { readonly markers: readonly Marker[] }
  const check = checkRevert(seq, { markers: answer.markers, table: BUILT_IN_TABLE, controls })
  return check.can || (force === true && check.later.length > 0)
}

test('the prediction of the page for a revert matches the decision of the kernel', async () => {
  let [compared, refused] = [0, 0]
  for (let seed = 1; seed <= 6; seed++) {
    const run = await tryRun(seed)
    compared += run.compared
    refused += run.refused
  }
  expect(compared).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(20)
  expect(compared - refused).toBeGreaterThan(20)
})
