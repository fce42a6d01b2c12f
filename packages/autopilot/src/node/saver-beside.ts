import { createCid, type LedgerLine, type ShownMetrics, type SubmittedOp } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import { type Abilities, abilitiesAfter, lacks, UNKNOWN_ABILITIES } from '../abilities.ts'
import { createCheckpointSaver, tellSaver } from '../saver.ts'
import type { RuleEngine } from '../types.ts'
import { sendCommand } from './carry-out.ts'
import { diskOf } from './disk.ts'
import type { Facts } from './facts.ts'
import { createSaveCost } from './save-cost.ts'

/** Saves checkpoints for rescues from a separate process. Each save is a command that the trainer answers in the ledger. */
export interface SaverBeside {
  /** The abilities that the trainer's answers have revealed. */
  readonly abilities: Abilities
  /** Receives ledger lines in order: first past lines, then new ones. */
  hear(lines: readonly LedgerLine[]): void
  /** Receives new records in order, which show how long a save took. */
  watch(records: readonly ShownMetrics[]): void
  /** Requests one checkpoint of the run's start, before the first step has run. */
  start(engine: RuleEngine, facts: Facts): void
  /** Requests the checkpoints and deletions that are due. Called after new records. */
  look(step: number, engine: RuleEngine, facts: Facts): void
}

export interface SaverBesideOptions {
  readonly run: Run
  readonly nowMs: () => number
  /** Called with a one-line message if checkpoints are off. */
  readonly say: (message: string) => void
  /** The step of the run's last checkpoint. */
  readonly from: number
}

export function createSaverBeside({ run, nowMs, say, from }: SaverBesideOptions): SaverBeside {
  const saver = createCheckpointSaver({ from, clock: nowMs, disk: diskOf(run.dir), say })
  const cost = createSaveCost()
  // Commands without an answer. A second command to delete the same checkpoint would fail.
  const pending = new Set<string>()
  let abilities = UNKNOWN_ABILITIES
  let hasStarted = false

  function send(op: SubmittedOp): void {
    const cid = createCid(nowMs(), Math.random)
    if (sendCommand(run, { ...op, cid }) !== undefined) return
    pending.add(cid)
    if (op.params?.['action'] === 'save') cost.asked()
  }

  function mayAct({ mode }: RuleEngine, { isFrozen, isOver }: Facts): boolean {
    const isAble = abilities.canSave !== false && abilities.canLoad !== false
    return isAble && mode !== 'off' && !isFrozen && !isOver && pending.size === 0
  }

  return {
    get abilities() {
      return abilities
    },
    hear(lines) {
      for (const line of lines) {
        if (lacks(line, 'load') && abilities.canLoad !== false) say(NO_LOAD)
        abilities = abilitiesAfter(line, abilities)
        if (line.cid === null || !pending.delete(line.cid)) continue
        tellSaver(saver, line)
        if (line.params?.['action'] === 'save') cost.answered(line)
      }
    },
    watch: (records) => cost.watch(records),
    start(engine, facts) {
      if (hasStarted || facts.step !== null || !mayAct(engine, facts)) return
      hasStarted = true
      const op = saver.start(engine.saving(null).permission)
      // The state document may be older than the first steps.
      if (op !== undefined) send({ ...op, expires: { step: 0 } })
    },
    look(step, engine, facts) {
      if (!mayAct(engine, facts)) return
      const tookMs = cost.take()
      for (const op of saver.look({ step, tookMs, ...engine.saving(facts.total) })) send(op)
    },
  }
}

const NO_LOAD =
  'autopilot: this trainer cannot load checkpoints, so no more are saved and a rescue can only lower the rate; to go back, stop the trainer and restart it from a checkpoint'
