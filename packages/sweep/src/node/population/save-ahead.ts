import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import type { Population } from '../../config/config.ts'
import { trialState } from '../../journal/trial-state.ts'
import { crashPoint } from '../crash-point.ts'
import { hasKernel } from '../trial/has-kernel.ts'
import type { Workspace } from '../workspace.ts'
import { readExploit } from './evidence.ts'
import { TAG } from './member-ledger.ts'
import type { ReadMember } from './members.ts'

/**
 * The number of boundaries to request ahead, so that a training run does not pass a boundary between two checks without saving.
 */
const AHEAD = 4
/** The number of checkpoints kept per member. */
const KEPT = 2

/** The commands that this process has sent. A restarted driver sends them again, and kernels decide each one only once. */
const SENT = new WeakMap<Workspace, Set<string>>()

/** Asks the kernels of running members to save a checkpoint at the next boundaries and to delete old ones. */
export function askForSaves(
  workspace: Workspace,
  { interval }: Population,
  members: readonly ReadMember[],
  lastStep: (i: number) => number,
): void {
  const sent = SENT.get(workspace) ?? new Set()
  SENT.set(workspace, sent)
  const copies = copiesOf(workspace)
  for (const one of members) {
    const { i } = one.member
    const dir = join(workspace.paths.results, String(i))
    if (trialState(one.record) !== 'running' || !hasKernel(dir)) continue
    const old = outdated(dir, one, copies)
    const drafts = [...savesOf(one, interval, lastStep(i)), ...old.map((checkpoint) => dropOf(i, checkpoint))]
    const fresh = drafts.filter(({ cid }) => !sent.has(cid) && one.ledger.answer(cid) === undefined)
    if (fresh.length === 0) continue
    try {
      openRunDirectory(dir).send(fresh, { source: 'sweep' })
      for (const { cid } of fresh) sent.add(cid)
      crashPoint('pbt-asked')
    } catch {
      // The disk is full, or the run directory has a newer format version. The request is retried at the next check.
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
  // After a load, the series ends where it ended before until the first new value arrives.
  const from = Math.max(typeof began === 'number' ? began - 1 : 0, saves.size === 0 ? 0 : last)
  const first = Math.floor(from / interval) + 1
  return Array.from({ length: AHEAD }, (_, at) => (first + at) * interval).flatMap((step) => {
    const named = nextSave(ledger, i, step)
    if (named === null) return []
    const params = { action: 'save', tag: named.tag }
    // A training run that a load moves ahead does not need the boundaries before that step.
    const conditions = { at: { step }, expires: { step: step + interval - 1 } }
    return [{ module: 'core', op: 'checkpoint', cid: named.cid, params, ...conditions }]
  })
}

/**
 * Returns the request that saves a boundary in the current history; null if it is answered. A boundary that is passed again, after a load
 * or in a training run that started at an earlier step, gets a different tag. A request about a checkpoint, such as its deletion, can then
 * never affect a different checkpoint, however long the request takes.
 */
function nextSave(
  ledger: ReadMember['ledger'],
  i: number,
  step: number,
): { readonly cid: string; readonly tag: string } | null {
  for (let time = 1; ; time++) {
    const again = time === 1 ? '' : `-${time}`
    const cid = `${TAG}save-${i}-${step}${again}`
    const answer = ledger.answer(cid)
    if (answer === undefined) return { cid, tag: `${TAG}${step}${again}` }
    if (answer.seq > ledger.course) return null
  }
}

function dropOf(i: number, { tag, seq }: { readonly tag: string; readonly seq: number }): CheckpointDraft {
  const params = { action: 'drop', tag }
  return { module: 'core', op: 'checkpoint', cid: `${TAG}drop-${i}-${seq}-${tag}`, params }
}

/** Returns the population's checkpoints from which no trial will continue. */
function outdated(
  dir: string,
  { ledger: { saves, load, savedTags }, member: { i, reached } }: ReadMember,
  { inUse, closed }: Copies,
): readonly { readonly tag: string; readonly seq: number }[] {
  const newest = [...saves].sort(([, a], [, b]) => b.seq - a.seq).slice(0, KEPT)
  // The checkpoint with the latest known score may be older than these, and another member may continue from it.
  const kept = new Set<unknown>([...newest.map(([tag]) => tag), reached?.tag])
  // Until it has saved its own checkpoint, a restarted trial continues from the copy.
  if (newest.length < KEPT) kept.add(load?.payload?.['tag'])
  return openRunDirectory(dir)
    .checkpoints()
    .flatMap(({ tag, meta }) => {
      // A checkpoint that was not in the ledger when the ledger was read is newer than the state judged here.
      const isKnown = savedTags.has(tag) || closed.has(`${i} ${tag}`)
      const isOurs = tag.startsWith(TAG) && meta !== null && isKnown && !kept.has(tag) && !inUse.has(`${i} ${tag}`)
      return isOurs ? [{ tag, seq: meta.seq }] : []
    })
}

/** The checkpoints of exploits, as `trial tag`. */
interface Copies {
  /** The checkpoints that open decisions need: the donor's, and the copy. */
  readonly inUse: ReadonlySet<string>
  /** The copies of decisions that were carried out. */
  readonly closed: ReadonlySet<string>
}

function copiesOf({ journal: { fold } }: Workspace): Copies {
  const [inUse, closed] = [new Set<string>(), new Set<string>()]
  for (const decision of fold.decisions.values()) {
    const exploit = readExploit(decision)
    if (exploit === null) continue
    const copy = `${decision.trial} ${exploit.as}`
    if (fold.lineages.has(decision.key)) closed.add(copy)
    else inUse.add(copy).add(`${exploit.from} ${exploit.tag}`)
  }
  return { inUse, closed }
}
