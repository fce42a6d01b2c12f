import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import type { Population } from '../../config/config.ts'
import { trialState } from '../../journal/trial-state.ts'
import { hasKernel } from '../trial/has-kernel.ts'
import type { Workspace } from '../workspace.ts'
import { readExploit } from './evidence.ts'
import { TAG } from './member-ledger.ts'
import type { ReadMember } from './members.ts'

/** Boundaries that are asked for ahead: a training run must not pass one between two looks. */
const AHEAD = 4
/** Checkpoints of a member that are kept. */
const KEPT = 2

/** What this process has sent; after a restart of the driver it is sent again, and kernels decide it once. */
const SENT = new WeakMap<Workspace, Set<string>>()

/** Asks the kernels of running members for a checkpoint at the next boundaries, and to delete old ones. */
export function askForSaves(
  workspace: Workspace,
  { interval }: Population,
  members: readonly ReadMember[],
  lastStep: (i: number) => number,
): void {
  const sent = SENT.get(workspace) ?? new Set()
  SENT.set(workspace, sent)
  const inUse = new Set(openTags(workspace))
  for (const one of members) {
    const { i } = one.member
    const dir = join(workspace.paths.results, String(i))
    if (trialState(one.record) !== 'running' || !hasKernel(dir)) continue
    const old = outdated(dir, one.ledger, (tag) => inUse.has(`${i} ${tag}`))
    const drafts = [...savesOf(one, interval, lastStep(i)), ...old.map((checkpoint) => dropOf(i, checkpoint))]
    const fresh = drafts.filter(({ cid }) => !sent.has(cid) && one.ledger.answer(cid) === undefined)
    if (fresh.length === 0) continue
    try {
      openRunDirectory(dir).send(fresh, { source: 'sweep' })
      for (const { cid } of fresh) sent.add(cid)
    } catch {
      // A full disk, or a run directory of a newer version: at the next look.
    }
  }
}

interface CheckpointDraft {
  readonly module: string
  readonly op: string
  readonly cid: string
  readonly params: { readonly action: string; readonly tag: string }
}

function savesOf({ ledger, member: { i } }: ReadMember, interval: number, last: number): readonly CheckpointDraft[] {
  const { load, saves } = ledger
  const began = load?.payload?.['step']
  // After a load the series still ends where the earlier course did, until the first new value.
  const from = Math.max(typeof began === 'number' ? began - 1 : 0, saves.size === 0 ? 0 : last)
  const first = Math.floor(from / interval) + 1
  return Array.from({ length: AHEAD }, (_, at) => {
    const step = (first + at) * interval
    const params = { action: 'save', tag: `${TAG}${step}` }
    // A training run that jumps ahead by a load has no use for the boundaries before.
    const conditions = { at: { step }, expires: { step: step + interval - 1 } }
    const cid = `${TAG}save-${i}-${load?.seq ?? 0}-${step}`
    return { module: 'core', op: 'checkpoint', cid, params, ...conditions }
  })
}

function dropOf(i: number, { tag, seq }: { readonly tag: string; readonly seq: number }): CheckpointDraft {
  const params = { action: 'drop', tag }
  return { module: 'core', op: 'checkpoint', cid: `${TAG}drop-${i}-${seq}-${tag}`, params }
}

/** Checkpoints of the population that neither the trial nor another one will continue from. */
function outdated(
  dir: string,
  { saves, load }: ReadMember['ledger'],
  isInUse: (tag: string) => boolean,
): readonly { readonly tag: string; readonly seq: number }[] {
  const newest = [...saves].sort(([, a], [, b]) => b.seq - a.seq).slice(0, KEPT)
  const kept = new Set<unknown>(newest.map(([tag]) => tag))
  // Until it has saved its own, a trial that is started again continues from the copy.
  if (newest.length < KEPT) kept.add(load?.payload?.['tag'])
  return openRunDirectory(dir)
    .checkpoints()
    .flatMap(({ tag, meta }) => {
      const isOurs = tag.startsWith(TAG) && meta !== null && !kept.has(tag) && !isInUse(tag)
      return isOurs ? [{ tag, seq: meta.seq }] : []
    })
}

/** Checkpoints that open decisions need: the donor's, and the copy. */
function openTags({ journal: { fold } }: Workspace): readonly string[] {
  return [...fold.decisions.values()].flatMap((decision) => {
    const exploit = fold.lineages.has(decision.key) ? null : readExploit(decision)
    return exploit === null ? [] : [`${exploit.from} ${exploit.tag}`, `${decision.trial} ${exploit.as}`]
  })
}
