import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import {
  type Command,
  type ControlDescription,
  formatLedgerLine,
  type LedgerLine,
  readCommand,
  readLedgerLine,
  runFiles,
  type StateDocument,
  UNFROZEN,
} from '@hotcb/protocol'
import { onTestFinished } from 'vitest'

/** Returns a control as a trainer describes it. */
export function control(key: string, group = 'optimizer', rest: Partial<ControlDescription> = {}): ControlDescription {
  return {
    param_key: key,
    type: 'float',
    label: key,
    group,
    min: 0,
    max: 10,
    step: null,
    log_base: null,
    choices: null,
    current: 0.1,
    state: 'untouched',
    ...rest,
  }
}

/** Returns a ledger line of this kernel. */
export function ledgerLine(rest: Partial<LedgerLine> = {}): LedgerLine {
  return {
    seq: 1,
    step: 412,
    epoch: null,
    event: 'train_step_end',
    phase: null,
    module: 'opt',
    op: 'set_params',
    id: 'main',
    source: 'cli',
    decision: 'applied',
    params: null,
    payload: null,
    error: null,
    traceback: null,
    notes: null,
    wall_time: 1_790_000_000,
    cid: null,
    writer: null,
    offset: null,
    author: null,
    call: 0,
    old: null,
    of: null,
    reverts: null,
    attempt: 1,
    ranks: null,
    ...rest,
  }
}

/** Returns the state document of a live trainer: this process. */
export function stateDocument(rest: Partial<StateDocument> = {}): StateDocument {
  return {
    protocol: 1,
    kernel: {
      name: '@hotcb/kernel',
      version: '0.1.0',
      pid: process.pid,
      host: hostname(),
      attempt: 1,
      start: processStart(),
    },
    step: 412,
    freeze: UNFROZEN,
    paused: false,
    closed: false,
    held: [],
    last: {},
    modules: {},
    ledger_bytes: 0,
    ledger_tail: null,
    taken: null,
    degraded: null,
    step_seconds: 0.0082,
    ranks: null,
    ...rest,
  }
}

/** Writes files of a run directory by their short names. */
export function writeRun(dir: string, files: Partial<Record<keyof typeof runFiles, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    // The keys of the record are file names.
    const path = join(dir, runFiles[name as keyof typeof runFiles])
    writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content)}\n`)
  }
}

/** Returns the commands that were written, oldest first. */
export function commandsOf(dir: string): readonly Command[] {
  const lines = readFileSync(join(dir, runFiles.commands), 'utf8').split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const command = readCommand(JSON.parse(line))
      if (!command.ok) throw new Error(command.reason)
      return command.value
    })
}

/**
 * Answers each new command with the line that `decide` returns for it, until the test ends. Replaces the trainer if a
 * test needs an answer that a real trainer would not send.
 */
export function answerCommands(
  dir: string,
  decide: (command: Command, seq: number) => Partial<LedgerLine> | null,
): void {
  writeRun(dir, {
    commands: '',
    ledger: formatLedgerLine(ledgerLine({ module: 'core', op: 'attempt' })),
    state: stateDocument(),
  })
  let answered = 0
  const timer = setInterval(() => {
    for (const command of commandsOf(dir).slice(answered)) {
      answered++
      const { cid, module, op, id, params } = command
      const decided = decide(command, answered + 1)
      if (decided === null) continue
      const line = ledgerLine({ seq: answered + 1, cid, module, op, id, params, payload: params, ...decided })
      appendFileSync(join(dir, runFiles.ledger), formatLedgerLine(line))
    }
  }, 5)
  onTestFinished(() => clearInterval(timer))
}

/** Returns the size of one of the run's files in bytes. */
export function sizeOf(dir: string, file: keyof typeof runFiles): number {
  return statSync(join(dir, runFiles[file])).size
}

/** Returns the ledger of a run. */
export function ledgerOf(dir: string): readonly LedgerLine[] {
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((text) => {
    const line = readLedgerLine(JSON.parse(text))
    if (!line.ok) throw new Error(line.reason)
    return line.value
  })
}
