import { join } from 'node:path'
import {
  ACTION_MARK,
  type ActionRecord,
  type AiDecision,
  type CurrentMoment,
  decisionsOf,
  foldAutopilotHistory,
  isActionCid,
  isExpired,
} from '@hotcb/autopilot'
import { type AutopilotStatus, readAutopilotStatus } from '@hotcb/autopilot/node'
import { type AutopilotLine, type Command, type LedgerLine, runFiles } from '@hotcb/protocol'
import { readStreamLine } from '@hotcb/run'
import { commandFiles, openRunDirectory } from '@hotcb/run/node'
import { KeptLines } from './kept-lines.ts'
import type { LedgerListener } from './ledger-reader.ts'

/** Keeps the autopilot actions of one run in memory. Each line of its files is read once. */
export class AutopilotReader implements LedgerListener {
  readonly #dir: string
  readonly #roots: readonly string[]
  readonly #log: KeptLines<AutopilotLine>
  readonly #commands: Map<string, KeptLines<Command>> = new Map()
  #answers: LedgerLine[] = []
  #answersVersion = 0
  #work: Promise<unknown> = Promise.resolve()
  #known: { readonly version: string; readonly actions: readonly ActionRecord[] } = { version: '', actions: [] }
  #status: { readonly key: string; readonly value: AutopilotStatus } | undefined

  constructor(dir: string, roots: readonly string[]) {
    this.#dir = dir
    this.#roots = roots
    this.#log = new KeptLines(join(dir, runFiles.autopilot), roots, (text) => {
      const line = readStreamLine('autopilot', text)
      return line.ok ? line.value : undefined
    })
  }

  /** Returns the calls to language models, oldest first. `actions` are those that {@link read} returned. */
  decisions(actions: readonly ActionRecord[]): readonly AiDecision[] {
    return decisionsOf(this.#log.lines, actions)
  }

  /** Receives each ledger line from the ledger reader. */
  take(line: LedgerLine): void {
    const closed = line.params?.['cid']
    const isCancel = line.module === 'core' && line.op === 'cancel' && typeof closed === 'string' && isActionCid(closed)
    if (!isActionCid(line.cid) && !isCancel) return
    this.#answers.push(line)
    this.#answersVersion++
  }

  /** Forgets the ledger lines, because the ledger is being reread from its start. */
  forget(): void {
    this.#answers = []
    this.#answersVersion++
  }

  /**
   * Returns the process that owns the autopilot's log, the open proposals, and all actions, oldest first. The ledger must have
   * been read before this is called.
   *
   * @throws JournalError if a file cannot be read.
   */
  read(at: CurrentMoment): Promise<{ readonly status: AutopilotStatus; readonly actions: readonly ActionRecord[] }> {
    const next = this.#work.then(() => this.#read(at))
    this.#work = next.catch(() => undefined)
    return next
  }

  async close(): Promise<void> {
    await this.#work
    await Promise.all([this.#log.close(), ...[...this.#commands.values()].map((file) => file.close())])
  }

  async #read(at: CurrentMoment): Promise<{ status: AutopilotStatus; actions: readonly ActionRecord[] }> {
    await this.#refresh()
    const version = this.#version()
    const known = this.#known
    const isStale = known.actions.some(
      ({ state, command }) => state === 'open' && command !== null && isExpired(command, at),
    )
    if (known.version !== version || isStale) {
      const commands = [...this.#commands.values()].flatMap(({ lines }) => lines)
      const { actions } = foldAutopilotHistory(this.#log.lines, this.#answers, at, commands)
      this.#known = { version, actions }
    }
    const { actions } = this.#known
    // The key contains the time, so that the exit of the autopilot's process is detected.
    const key = `${version} ${isStale} ${Math.floor((at.now * 1000) / ALIVE_MS)} ${at.step}`
    if (this.#status?.key !== key) {
      this.#status = { key, value: readAutopilotStatus(openRunDirectory(this.#dir, { within: this.#roots }), actions) }
    }
    return { status: this.#status.value, actions }
  }

  async #refresh(): Promise<void> {
    await this.#log.refresh()
    // Without a log there are no actions and no answers.
    if (this.#log.lines.length === 0) return
    for (const { path } of commandFiles(openRunDirectory(this.#dir, { within: this.#roots }))) {
      const file = this.#commands.get(path) ?? new KeptLines(path, this.#roots, answerOf)
      this.#commands.set(path, file)
      await file.refresh()
    }
  }

  #version(): string {
    const commands = [...this.#commands.values()].reduce((sum, { version }) => sum + version, 0)
    return `${this.#log.version} ${this.#answersVersion} ${commands}`
  }
}

const ALIVE_MS = 4000

function answerOf(text: string): Command | undefined {
  if (!text.includes(ACTION_MARK)) return undefined
  const command = readStreamLine('commands', text)
  return command.ok ? command.value : undefined
}
