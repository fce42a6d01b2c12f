import type { ControlDescription, LedgerLine } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { Change } from '../../shared/describe.ts'
import type { CommandDraft, FreezeDraft } from '../../shared/draft.ts'
import type { CommandsAccepted } from '../../shared/wire.ts'
import { runPath, send } from '../api.ts'

/** What has become of a command that this page sent. */
export interface Fate {
  readonly cid: string
  readonly text: string
  /** Epoch milliseconds. */
  readonly sentAt: number
  /** Keys that it sets. */
  readonly keys: readonly string[]
  readonly at: number | null
  /** The line that decided it; undefined while it is queued. */
  readonly line: LedgerLine | undefined
  readonly isVerified: boolean
}

/** Sends commands, and follows each until the ledger has decided it and the trainer was seen to have it. */
export class CommandLog {
  readonly fates = signal<readonly Fate[]>([])
  /** What the server had to say to the last one. */
  readonly notes = signal<readonly string[]>([])
  readonly #id: string
  readonly #describe: (change: Change) => string
  /** The newest decisions: the ledger may have decided a command before the server has answered that it took it. */
  readonly #decided: Map<string, LedgerLine> = new Map()

  constructor(id: string, describe: (change: Change) => string) {
    this.#id = id
    this.#describe = describe
  }

  /** Queues commands, all together; throws what the server refuses. */
  async send(commands: readonly CommandDraft[]): Promise<void> {
    const answer = await send<CommandsAccepted>(runPath(this.#id, 'commands'), { commands })
    const sentAt = Date.now()
    const fates = commands.map((command, i): Fate => {
      const { params, at } = command
      const cid = answer.cids[i] ?? ''
      const keys = command.op === 'set_params' ? Object.keys(params ?? {}) : []
      const text = this.#describe({ ...command, id: command.id ?? 'main', params: params ?? null })
      return { cid, text, sentAt, keys, at: at?.step ?? null, line: this.#decided.get(cid), isVerified: false }
    })
    this.fates.value = [...fates.reverse(), ...this.fates.value].slice(0, KEPT)
    this.notes.value = answer.notes
  }

  /** Writes the freeze document; that the kernel has seen it shows in the state of the run. */
  async freeze(draft: FreezeDraft): Promise<void> {
    const answer = await send<{ readonly notes: readonly string[] }>(runPath(this.#id, 'freeze'), draft, 'PUT')
    this.notes.value = answer.notes
  }

  /** Takes new lines of the ledger. */
  take(lines: readonly LedgerLine[]): void {
    for (const line of lines.slice(-DECIDED_KEPT)) if (line.cid !== null) this.#decided.set(line.cid, line)
    for (const cid of this.#decided.keys()) {
      if (this.#decided.size <= DECIDED_KEPT) break
      this.#decided.delete(cid)
    }
    if (!this.fates.value.some((fate) => fate.line === undefined && this.#decided.has(fate.cid))) return
    this.fates.value = this.fates.value.map((fate) => {
      return fate.line === undefined ? { ...fate, line: this.#decided.get(fate.cid) } : fate
    })
  }

  /** Takes the controls as the kernel describes them: what it has seen in the trainer is verified. */
  takeControls(controls: readonly ControlDescription[]): void {
    const states = new Map(controls.map((control) => [control.param_key, control.state]))
    const isDone = ({ line, isVerified, keys }: Fate): boolean =>
      line?.decision === 'applied' &&
      !isVerified &&
      keys.length > 0 &&
      keys.every((key) => states.get(key) === 'verified')
    if (!this.fates.value.some(isDone)) return
    this.fates.value = this.fates.value.map((fate) => (isDone(fate) ? { ...fate, isVerified: true } : fate))
  }
}

const KEPT = 50
const DECIDED_KEPT = 1000
