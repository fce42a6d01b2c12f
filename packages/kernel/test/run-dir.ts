import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createMutableState,
  lossActuators,
  type MutableState,
  optimizerActuators,
  type ParamGroup,
} from '@hotcb/actuators'
import type { LedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'

/** A run directory for one test. */
export function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-kernel-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Appends one command line; text is written unchanged. */
export function command(dir: string, line: object | string, file = 'hotcb.commands.jsonl'): void {
  appendFileSync(join(dir, file), typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)
}

/** All lines of the ledger. */
export function ledger(dir: string): LedgerLine[] {
  const text = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** The ledger's lines that answer a command. */
export function answers(dir: string): LedgerLine[] {
  return ledger(dir).filter((line) => typeof line.offset === 'number')
}

export interface ToyTrainer {
  readonly optimizer: { readonly paramGroups: ParamGroup[] }
  readonly weights: Record<string, number>
  readonly state: MutableState
}

/** Two parameter groups and two loss terms, as a trainer has them when it starts. */
export function toyTrainer(options: { readonly schedule?: (step: number) => number } = {}): ToyTrainer {
  const optimizer = {
    paramGroups: [
      { name: 'body', lr: 0.1, weightDecay: 0, momentum: 0.9, clipNorm: 0 },
      { name: 'head', lr: 0.2, weightDecay: 0, momentum: 0.9, clipNorm: 0 },
    ],
  }
  const weights = { ce: 1, aux: 0 }
  return {
    optimizer,
    weights,
    state: createMutableState(optimizerActuators(optimizer, options), lossActuators(weights)),
  }
}
