import { appendFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documentFile } from '../src/node/document-file.ts'
import { openLedgerFile } from '../src/node/ledger-file.ts'
import { readableLines, readLedgerText } from '../src/node/ledger-lines.ts'
import { findLedgerLoss } from '../src/node/ledger-loss.ts'
import { createPieces } from '../src/node/ledger-pieces.ts'
import { createLedgerScan } from '../src/node/ledger-scan.ts'
import { runDir } from './run-dir.ts'

const pathOf = (dir: string): string => join(dir, 'hotcb.applied.jsonl')

function text(seq: number, more: object = {}): string {
  const base = { seq, step: 1, module: 'opt', op: 'set_params', id: 'main', decision: 'applied', cid: null }
  return `${JSON.stringify({ ...base, ...more })}\n`
}

function open(path: string, isWhole = true) {
  const said: string[] = []
  const ledger = openLedgerFile(path, { note: (message) => void said.push(message), isWhole })
  return { ledger, said }
}

const seqs = (lines: Iterable<{ readonly seq: number }>): number[] => [...lines].map(({ seq }) => seq)

describe('an index of a ledger', () => {
  test('has an offset at or before each line, and 0 before the first', () => {
    const pieces = createPieces()
    expect(pieces.offsetOf(5)).toBe(0)
    for (const [seq, offset] of [
      [3, 100],
      [6, 900],
      [9, 2000],
    ] as const)
      pieces.push(seq, offset)
    expect([0, 2, 3, 5, 6, 8, 9, 99].map((seq) => pieces.offsetOf(seq))).toEqual([0, 0, 100, 100, 900, 900, 2000, 2000])
    pieces.clear()
    expect(pieces.offsetOf(9)).toBe(0)
  })

  test('stores a line that was read only if it is more than 64 KiB after the last stored one, and later in seq', () => {
    const pieces = createPieces()
    const far = 64 * 1024
    pieces.add(1, 10)
    pieces.add(2, 10 + far)
    expect(pieces.offsetOf(2)).toBe(10)
    pieces.add(3, 11 + far)
    expect([pieces.offsetOf(2), pieces.offsetOf(3)]).toEqual([10, 11 + far])
    pieces.add(3, 12 + 2 * far)
    pieces.add(2, 13 + 2 * far)
    expect(pieces.offsetOf(9)).toBe(11 + far)
  })
})

describe('reading a ledger', () => {
  test('logs malformed lines with their location, and continues after them', () => {
    const path = pathOf(runDir())
    writeFileSync(path, `${text(1)}garbage\n${text(2)}{"seq":3}\n`)
    const said: string[] = []
    const scan = createLedgerScan(path, (message) => void said.push(message))
    expect(seqs(scan.all())).toEqual([1, 2])
    expect(scan.end).toBe(statSync(path).size)
    const at = text(1).length
    expect(said).toEqual([
      expect.stringMatching(new RegExp(`: byte ${at} is not a ledger line: .+`)),
      expect.stringMatching(new RegExp(`: byte ${2 * at + 8} is not a ledger line: .+`)),
    ])
    expect(said[0]?.startsWith(path)).toBe(true)
    expect(seqs(scan.from(at))).toEqual([2])
    expect(seqs(readableLines(path))).toEqual([1, 2])
    expect(seqs(readableLines(path, at))).toEqual([2])
  })

  test('leaves an incomplete last line for later', () => {
    const path = pathOf(runDir())
    writeFileSync(path, `${text(1)}${text(2).trimEnd()}`)
    const scan = createLedgerScan(path, () => undefined)
    expect([seqs(scan.all()), scan.end]).toEqual([[1], text(1).length])
  })

  test('finds a line by its seq: the last of those that have it', () => {
    const path = pathOf(runDir())
    writeFileSync(path, `${text(1)}${text(2, { step: 5 })}${text(2, { step: 6 })}${text(4)}${text(2, { step: 7 })}`)
    const scan = createLedgerScan(path, () => undefined)
    expect(scan.find(2)?.step).toBe(6)
    expect([scan.find(4)?.seq, scan.find(3), scan.find(9)]).toEqual([4, undefined, undefined])
  })

  test('finds lines that were written since, from their place', () => {
    const path = pathOf(runDir())
    writeFileSync(path, text(1))
    const scan = createLedgerScan(path, () => undefined)
    seqs(scan.all())
    const start = statSync(path).size
    appendFileSync(path, text(2) + text(3))
    scan.wrote(start, statSync(path).size, 2)
    expect([scan.end, scan.find(3)?.seq, scan.find(2)?.seq, scan.find(1)?.seq]).toEqual([statSync(path).size, 3, 2, 1])
    scan.wrote(0, 5, undefined)
    expect([scan.end, scan.find(3)?.seq]).toEqual([5, 3])
  })

  test('accepts the NaN that Python writes, and refuses text that is not a ledger line', () => {
    const read = readLedgerText(text(1).replace('"cid":null', '"cid":null,"params":{"lr":NaN}'))
    expect(read).toMatchObject({ ok: true, value: { params: { lr: Number.NaN } } })
    expect([readLedgerText('[1]').ok, readLedgerText('{').ok]).toEqual([false, false])
  })
})

describe('a ledger file', () => {
  test('is created, and contains the appended lines', () => {
    const path = pathOf(runDir())
    const { ledger } = open(path)
    expect([[...ledger.entries()], ledger.bytes, ledger.lost, ledger.isPending]).toEqual([[], 0, null, false])
    expect(ledger.append(text(1) + text(2), [1, 2])).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe(text(1) + text(2))
    expect([ledger.bytes, ledger.find(2)?.seq, ledger.flush()]).toEqual([statSync(path).size, 2, null])
    expect([...ledger.foreign()]).toEqual([])
    expect(seqs(ledger.entries())).toEqual([1, 2])
    ledger.close?.()
  })

  test('ends a last line that a killed writer left without its newline, only if it is known to be ours', () => {
    const [ours, other] = [pathOf(runDir()), pathOf(runDir())]
    for (const path of [ours, other]) writeFileSync(path, text(1).trimEnd())
    const first = open(ours)
    expect([seqs(first.ledger.entries()), readFileSync(ours, 'utf8')]).toEqual([[1], text(1)])
    open(other, false)
    expect(readFileSync(other, 'utf8')).toBe(text(1).trimEnd())
    const cautious = openLedgerFile(other, { note: () => undefined })
    expect([seqs(cautious.entries()), readFileSync(other, 'utf8')]).toEqual([[], text(1).trimEnd()])
  })

  test('returns lines that another kernel has added, once, and then counts them as known', () => {
    const path = pathOf(runDir())
    const { ledger } = open(path)
    seqs(ledger.entries())
    ledger.append(text(1), [1])
    appendFileSync(path, text(2, { step: 50 }))
    expect(seqs(ledger.foreign())).toEqual([2])
    expect([...ledger.foreign()]).toEqual([])
    expect(ledger.bytes).toBe(statSync(path).size)
    ledger.append(text(3), [3])
    expect([...ledger.foreign()]).toEqual([])
    expect([ledger.find(3)?.seq, ledger.find(2)?.step]).toEqual([3, 50])
  })

  test('continues on a new line after a torn line from another writer', () => {
    const path = pathOf(runDir())
    const { ledger, said } = open(path)
    seqs(ledger.entries())
    ledger.append(text(1), [1])
    appendFileSync(path, '{"torn')
    ledger.append(text(2), [2])
    expect(readFileSync(path, 'utf8')).toBe(`${text(1)}{"torn\n${text(2)}`)
    expect(seqs(ledger.foreign())).toEqual([2])
    expect(said).toEqual([expect.stringContaining(`byte ${text(1).length} is not a ledger line: `)])
  })

  test('that was lost keeps its lines in memory until it is accepted, and never writes to another file', () => {
    const dir = runDir()
    const path = pathOf(dir)
    const { ledger } = open(path)
    seqs(ledger.entries())
    ledger.append(text(1), [1])
    const { bytes, tail } = ledger
    truncateSync(path, 0)
    const message = `the ledger \`${path}\` has been replaced or damaged: it was truncated from ${bytes} to 0 bytes; \`hotcb doctor --accept-ledger\` or a restart accepts it as it is`
    expect(ledger.append(text(2), [2])).toEqual({ code: 'ELOST', message })
    expect(ledger.append(text(3), [3])).toEqual({ code: 'ELOST', message })
    expect([ledger.flush(), ledger.isPending, ledger.lost]).toEqual([
      { code: 'ELOST', message },
      true,
      `it was truncated from ${bytes} to 0 bytes`,
    ])
    expect([readFileSync(path, 'utf8'), ledger.bytes, ledger.tail]).toEqual(['', bytes, tail])
    ledger.sync?.()
    // Reading it does not accept it.
    expect([seqs(ledger.entries()), ledger.bytes, ledger.flush()?.code]).toEqual([[], bytes, 'ELOST'])
    // The lines of the file that took its place, each time that it changes.
    expect([...ledger.foreign()]).toEqual([])
    writeFileSync(path, text(8))
    expect([seqs(ledger.foreign()), seqs(ledger.foreign())]).toEqual([[8], []])
    appendFileSync(path, text(9))
    expect(seqs(ledger.foreign())).toEqual([8, 9])
    rmSync(path)
    expect([seqs(ledger.foreign()), seqs(ledger.foreign())]).toEqual([[], []])
    writeFileSync(path, text(9))
    expect(ledger.accept?.()).toMatchObject({ lines: [{ seq: 9 }], isWhole: false })
    expect([ledger.lost, ledger.isPending, ledger.flush()]).toEqual([null, true, null])
    expect([readFileSync(path, 'utf8'), ledger.isPending]).toEqual([text(9) + text(2) + text(3), false])
    ledger.append(text(10), [10])
    expect([ledger.find(10)?.seq, [...ledger.foreign()]]).toEqual([10, []])
  })

  test('that was restored before it is accepted is complete', () => {
    const path = pathOf(runDir())
    const { ledger } = open(path)
    seqs(ledger.entries())
    ledger.append(text(1), [1])
    renameSync(path, `${path}.bak`)
    ledger.refresh?.()
    expect(ledger.flush()?.code).toBe('ELOST')
    renameSync(`${path}.bak`, path)
    expect(ledger.flush()?.code).toBe('ELOST')
    expect(ledger.accept?.()).toMatchObject({ lines: [{ seq: 1 }], isWhole: true })
    expect([ledger.flush(), ledger.append(text(2), [2])]).toEqual([null, null])
    expect(readFileSync(path, 'utf8')).toBe(text(1) + text(2))
  })

  test('that was replaced by a copy of itself is the same, and new lines go to the copy', () => {
    const path = pathOf(runDir())
    const { ledger, said } = open(path)
    seqs(ledger.entries())
    ledger.append(text(1), [1])
    writeFileSync(`${path}.copy`, readFileSync(path))
    renameSync(`${path}.copy`, path)
    ledger.refresh?.()
    expect([ledger.flush(), ledger.lost]).toEqual([null, null])
    expect(said).toEqual([`${path} was replaced by a copy of itself`])
    expect(ledger.append(text(2), [2])).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe(text(1) + text(2))
    expect([said.length, ledger.isPending]).toEqual([1, false])
  })
})

describe('the loss of a ledger since its state document', () => {
  function stateFile(dir: string, more: object = {}): void {
    const path = pathOf(dir)
    const { ledger } = open(path)
    seqs(ledger.entries())
    const state = {
      protocol: 1,
      kernel: { name: 'k', version: '0', pid: null, host: null, attempt: 3, start: null },
      step: 4,
      freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
      paused: false,
      closed: true,
      held: [],
      last: {
        'core:main': { seq: 1, op: 'attempt', step: 0, decision: 'applied' },
        'opt:main': { seq: 2, op: 'set_params', step: 1, decision: 'applied' },
        'opt:head': { seq: 1, op: 'enable', step: 1, decision: 'applied' },
      },
      modules: {},
      ledger_bytes: ledger.bytes,
      ledger_tail: ledger.tail,
      taken: { 'hotcb.commands.jsonl': 7 },
      degraded: null,
      step_seconds: null,
      ranks: null,
    }
    writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify({ ...state, ...more }))
    ledger.close?.()
  }
  const LINES = text(1, { module: 'core', op: 'attempt' }) + text(1, { id: 'head', op: 'enable' }) + text(2)

  function run(more: object = {}): string {
    const dir = runDir()
    writeFileSync(pathOf(dir), LINES)
    stateFile(dir, more)
    return dir
  }

  test('is null if all of its bytes are there, or if nothing is known', () => {
    const dir = run()
    expect(findLedgerLoss(dir)).toBeNull()
    appendFileSync(pathOf(dir), text(3))
    expect(findLedgerLoss(dir)).toBeNull()
    for (const content of ['{', '[]', '{"protocol":1}']) {
      writeFileSync(join(dir, 'hotcb.state.json'), content)
      expect(findLedgerLoss(dir)).toBeNull()
    }
    expect(findLedgerLoss(runDir())).toBeNull()
  })

  test('has the reason, and the numbers from which the next attempt continues', () => {
    const dir = run()
    truncateSync(pathOf(dir), 5)
    expect(findLedgerLoss(dir)).toEqual({
      reason: `it was truncated from ${LINES.length} to 5 bytes`,
      bytes: LINES.length,
      seq: 2,
      attempt: 3,
      taken: { 'hotcb.commands.jsonl': 7 },
      held: [],
    })
    rmSync(pathOf(dir))
    expect(findLedgerLoss(dir)?.reason).toBe('it was removed')
  })

  test('is null if a person has edited the ledger, and it still contains its last lines', () => {
    const edited = `${'#'.repeat(40)}\n${LINES}`
    const dir = run()
    writeFileSync(pathOf(dir), edited)
    expect(findLedgerLoss(dir)).toBeNull()
    writeFileSync(pathOf(dir), `${'#'.repeat(LINES.length)}\n${text(2)}`)
    expect(findLedgerLoss(dir)).toMatchObject({ reason: 'its bytes were replaced by others', seq: 2 })
    // The kernel had found the loss itself: what was read then is recorded.
    const found = run({ degraded: 'lost' })
    writeFileSync(pathOf(found), edited)
    expect(findLedgerLoss(found)).toMatchObject({ reason: 'its bytes were replaced by others' })
    const full = run({ degraded: 'no space', taken: null })
    writeFileSync(pathOf(full), edited)
    expect(findLedgerLoss(full)).toBeNull()
  })
})

test('a document is read when it has changed, and written as a whole', () => {
  const path = join(runDir(), 'hotcb.freeze.json')
  for (const network of [false, true]) {
    rmSync(path, { force: true })
    const port = documentFile(path, network)
    expect(port.read()).toBeNull()
    port.write?.('first')
    port.refresh?.()
    expect([port.changed(), port.read()]).toEqual([true, 'first'])
    port.close?.()
  }
})
