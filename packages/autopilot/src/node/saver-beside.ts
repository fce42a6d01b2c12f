import { createCid, type LedgerLine, type ShownMetrics, type SubmittedOp } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import { createSaver, tellSaver } from '../saver.ts'
import type { Engine } from '../types.ts'
import { sendCommand } from './carry-out.ts'
import { diskOf } from './disk.ts'
import type { Facts } from './facts.ts'
import { createSaveCost } from './save-cost.ts'

/** Saves checkpoints for rescues from beside a trainer: each one is a command that the trainer answers in the ledger. */
export interface SaverBeside {
  /** Whether the trainer can save checkpoints; undefined while nothing has shown it. */
  readonly canSave: boolean | undefined
  /** Lines of the ledger, in order: first those of before, then the new ones. */
  hear(lines: readonly LedgerLine[]): void
  /** New records, in order: they show how long a save took. */
  watch(records: readonly ShownMetrics[]): void
  /** Asks once for the start of the run, while no step is trained yet. */
  start(engine: Engine, facts: Facts): void
  /** Asks for what is due, after new records. */
  look(step: number, engine: Engine, facts: Facts): void
}

export interface SaverBesideOptions {
  readonly run: Run
  readonly nowMs: () => number
  /** Called with one line for people, when checkpoints are off. */
  readonly say: (message: string) => void
  /** The step of the last checkpoint of the run. */
  readonly from: number
}

export function createSaverBeside({ run, nowMs, say, from }: SaverBesideOptions): SaverBeside {
  const saver = createSaver({ from, clock: nowMs, disk: diskOf(run.dir), say })
  const cost = createSaveCost()
  // Commands without an answer. A second drop of the same checkpoint would fail.
  const pending = new Set<string>()
  let canSave: boolean | undefined
  let hasStarted = false

  function send(op: SubmittedOp): void {
    const cid = createCid(nowMs(), Math.random)
    if (sendCommand(run, { ...op, cid }) !== undefined) return
    pending.add(cid)
    if (op.params?.['action'] === 'save') cost.asked()
  }

  function mayAct({ mode }: Engine, { isFrozen, isOver }: Facts): boolean {
    return canSave !== false && mode !== 'off' && !isFrozen && !isOver && pending.size === 0
  }

  return {
    get canSave() {
      return canSave
    },
    hear(lines) {
      for (const line of lines) {
        canSave = savesAfter(line, canSave)
        if (line.cid === null || !pending.delete(line.cid)) continue
        tellSaver(saver, line)
        if (line.params?.['action'] === 'save') cost.answered(line)
      }
    },
    watch: (records) => cost.watch(records),
    start(engine, facts) {
      if (hasStarted || facts.step !== null || !mayAct(engine, facts)) return
      hasStarted = true
      // Its state document may be older than its first steps.
      send({ ...saver.start(), expires: { step: 0 } })
    },
    look(step, engine, facts) {
      if (!mayAct(engine, facts)) return
      const tookMs = cost.take()
      for (const op of saver.look({ step, tookMs, ...engine.saving(facts.total) })) send(op)
    },
  }
}

/** What a line of the ledger says of whether the trainer saves. A trainer that starts again may have learnt to. */
function savesAfter({ module, op, decision, params, error }: LedgerLine, before: boolean | undefined) {
  if (module !== 'core') return before
  if (op === 'attempt') return undefined
  if (op !== 'checkpoint' || (params?.['action'] ?? 'save') !== 'save') return before
  if (decision === 'applied') return true
  // A save that went wrong, on a full disk for instance, says nothing about the next one.
  return error?.includes('registered no `save`') === true ? false : before
}
