import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openTail } from '@hotcb/journal'
import { type Json, type JsonObject, type LedgerLine, parseJson, readLedgerLine, runFiles } from '@hotcb/protocol'
import { shortNumber } from './progress.ts'

/** What the ledger says of changes, as they happen. */
export interface Changes {
  /** One line of text for each ledger line since the last time that a person wants to hear of. */
  read(): readonly string[]
  close(): void
}

/** Follows a run's ledger from where it ends. */
export function followChanges(runDir: string): Changes {
  const path = join(runDir, runFiles.ledger)
  const tail = openTail(path, { from: statSync(path, { throwIfNoEntry: false })?.size ?? 0 })
  return {
    read() {
      const lines: string[] = []
      for (const line of tail.read().lines) {
        const json = parseJson(line.text)
        const read = json.ok ? readLedgerLine(json.value) : json
        if (read.ok && isNews(read.value)) lines.push(describeLine(read.value))
      }
      return lines
    },
    close: () => tail.close(),
  }
}

// The kernel's own seams and the trainer's regular checkpoints are no news; lost ranks are noted in words of their own.
function isNews({ module, op, source }: LedgerLine): boolean {
  if (module !== 'core') return true
  return op !== 'attempt' && op !== 'yaml' && op !== 'collective' && !(op === 'checkpoint' && source === 'trainer')
}

/** A ledger line in a few words: step, what, from, to, who. */
export function describeLine(line: LedgerLine): string {
  const { step, decision, error, source, of, author } = line
  const who = [...(author === null ? [] : [author]), source, ...(of === null ? [] : [`again, of seq ${of}`])]
  const place = step === null ? 'before the first step' : `step ${step}`
  const what = `${place}: ${describeOp(line)}`
  if (decision === 'applied') return `${what}   (${who.join(', ')})`
  return `${what} ${decision}${error === null ? '' : `: ${error}`}   (${who.join(', ')})`
}

function describeOp({ module, op, id, params, payload, old }: LedgerLine): string {
  if (op === 'set_params') return describePairs(payload ?? params ?? {}, payload === null ? null : old)
  if (module === 'core') {
    const { mode, action, tag, reason, cid } = payload ?? params ?? {}
    return [op, mode, action, tag, reason, cid].filter((word) => typeof word === 'string').join(' ')
  }
  const key = params?.['key']
  return `${op} ${typeof key === 'string' ? key : `${module}${id === 'main' ? '' : `:${id}`}`}`
}

function describePairs(params: JsonObject, old: JsonObject | null): string {
  const pairs = Object.entries(params).map(([key, value]) => {
    const before = old?.[key]
    return before === undefined ? `${key} = ${show(value)}` : `${key} ${show(before)} -> ${show(value)}`
  })
  return pairs.join(', ')
}

function show(value: Json | undefined): string {
  if (typeof value === 'number') return shortNumber(value)
  if (!Array.isArray(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const shown = value.map(show)
  return new Set(shown).size === 1 ? (shown[0] ?? '') : `[${shown.join(', ')}]`
}
