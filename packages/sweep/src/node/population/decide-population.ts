import { join } from 'node:path'
import type { SweepConfig } from '../../config/config.ts'
import type { SweepEvent } from '../../journal/event.ts'
import { createConditions } from '../../plan/conditions.ts'
import { type PopulationAction, planExploits } from '../../planners/population.ts'
import { crashPoint } from '../crash-point.ts'
import { comparable, seriesReaderOf } from '../decide-halving.ts'
import type { JournalWriter } from '../journal.ts'
import type { Workspace } from '../workspace.ts'
import { carryOut } from './carry-out.ts'
import { controlsToSet } from './controls-to-set.ts'
import { exploitFields } from './evidence.ts'
import { createMemberLedgers, type MemberLedger, TAG } from './member-ledger.ts'
import { type ReadMember, readMembers } from './members.ts'
import { askForSaves } from './save-ahead.ts'

const LEDGERS = new WeakMap<Workspace, (i: number) => MemberLedger>()

/** Decides, for each population member that reached a boundary, whether it continues from another member, and carries that out. */
export function decidePopulations(workspace: Workspace, config: SweepConfig, writer: JournalWriter): void {
  for (const [part, all] of comparable(config, writer.fold.trials.values())) {
    const records = all.filter(({ isDropped, attempts }) => !isDropped && attempts.length > 0)
    if (part.population === null || part.objective === null || records.length === 0) continue
    const ledgerOf = ledgersOf(workspace)
    // This comes before the decisions, because a new answer makes a member free for the next one.
    carryOut(workspace, records, ledgerOf, writer)
    const reader = seriesReaderOf(workspace, part.objective.metric)
    const members = readMembers(writer.fold, part, records, { ledgerOf, seriesOf: (i) => reader.read(i) })
    askForSaves(workspace, part.population, members, (i) => reader.read(i).at(-1)?.step ?? 0)
    if (decideAll(workspace, part, members, writer)) carryOut(workspace, records, ledgerOf, writer)
  }
}

function decideAll(
  workspace: Workspace,
  config: SweepConfig,
  members: readonly ReadMember[],
  writer: JournalWriter,
): boolean {
  const { population, parameters, objective, search, conditions } = config
  if (population === null || objective === null) return false
  const { decisions } = writer.fold
  const own = new Set(members.map(({ member }) => member.i))
  const apply = createConditions(conditions, parameters)
  const actions = planExploits(
    members.map(({ member }) => member),
    {
      population,
      parameters,
      objective,
      seed: search?.seed ?? 0,
      generation: [...decisions.values()].filter(({ planner, trial }) => planner === 'pbt' && own.has(trial)).length,
      isDecided: (key) => decisions.has(key),
      allow(values) {
        const applied = apply(values)
        return applied.ok && applied.value.kind === 'kept' ? applied.value.values : null
      },
    },
  )
  if (actions.length === 0) return false
  const byIndex = new Map(members.map((one) => [one.member.i, one]))
  const events = actions.map((action) => eventOf(workspace, config, byIndex, action))
  crashPoint('pbt-decide')
  writer.appendBy('planner', ...events)
  crashPoint('pbt-decided')
  return true
}

function eventOf(
  { paths }: Workspace,
  { population, parameters }: SweepConfig,
  members: ReadonlyMap<number, ReadMember>,
  action: PopulationAction,
): SweepEvent {
  const { key, trial, reached, rank, of, move } = action
  const standing = { step: reached.step, value: reached.score, rank: rank + 1, of }
  const decide = { type: 'decide', planner: 'pbt', key, trial } as const
  const [own, donor] = [members.get(trial), move.kind === 'exploit' ? members.get(move.from) : undefined]
  if (move.kind === 'keep' || own === undefined || donor === undefined || population === null) {
    return { ...decide, verdict: 'keep', evidence: standing }
  }
  const { tag, step, score } = move.donor
  const seq = donor.ledger.saves.get(tag)?.seq ?? 0
  const values = new Map(parameters.map(({ name }, at) => [name, move.values[at] ?? { type: 'none' as const }]))
  const dir = join(paths.results, String(trial))
  const set = controlsToSet(dir, own.ledger, donor.ledger, seq, population, values)
  // The member does not continue from the other member, because a value that no control accepts would fail at every boundary.
  if (!set.ok) return { ...decide, verdict: 'keep', evidence: { ...standing, why: set.reason } }
  const names = { as: `${tag}-from-${move.from}-at-${reached.step}`, cid: `${TAG}load-${trial}-${reached.step}` }
  const exploit = exploitFields({ from: move.from, tag, seq, ...names, values, set: set.value })
  return {
    ...decide,
    verdict: 'exploit',
    evidence: { ...standing, donor_step: step, donor_value: score, ...exploit },
  }
}

function ledgersOf(workspace: Workspace): (i: number) => MemberLedger {
  const ledgers = LEDGERS.get(workspace) ?? createMemberLedgers(workspace.paths.results)
  LEDGERS.set(workspace, ledgers)
  return ledgers
}
