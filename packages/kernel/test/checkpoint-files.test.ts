import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import type { CheckpointRequest } from '../src/index.ts'
import { dropCheckpoint } from '../src/node/checkpoint-drop.ts'
import { checkKeep, checkpointFolder } from '../src/node/checkpoint-folder.ts'
import { latestCheckpoint, listCheckpoints } from '../src/node.ts'
import { runDir } from './run-dir.ts'

const folderOf = (dir: string): string => join(dir, 'hotcb.checkpoints')
const metaOf = (dir: string, tag: string) => JSON.parse(readFileSync(join(folderOf(dir), tag, 'meta.json'), 'utf8'))
const tags = (dir: string): string[] => listCheckpoints(dir).map(({ tag }) => tag)

function putMeta(dir: string, tag: string, meta: unknown): void {
  mkdirSync(join(folderOf(dir), tag), { recursive: true })
  writeFileSync(join(folderOf(dir), tag, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta))
}

function request(tag: string, step: number, more: Partial<CheckpointRequest> = {}): CheckpointRequest {
  return {
    tag,
    step,
    seq: 5,
    calls: 2,
    modules: { cb: { heard: 3 } },
    kernel: { token: 't' },
    by: { source: 'trainer', author: null },
    attempt: 1,
    signal: new AbortController().signal,
    ...more,
  }
}

describe('saving', () => {
  test("writes the trainer's files and the kernel's data, and only then gives the folder its tag", () => {
    const dir = runDir()
    const seen: unknown[] = []
    const port = checkpointFolder(dir, {
      save: ({ tag, step, dir: into }) => {
        seen.push(tag, step, tags(dir))
        writeFileSync(join(into, 'weights'), 'w')
      },
    })
    expect(port.save?.(request('best', 4))).toBeUndefined()
    expect(seen).toEqual(['best', 4, []])
    expect(readdirSync(folderOf(dir))).toEqual(['best'])
    expect(readdirSync(join(folderOf(dir), 'best')).sort()).toEqual(['meta.json', 'weights'])
    expect(readFileSync(join(folderOf(dir), 'best', 'meta.json'), 'utf8')).toBe(
      '{"step":4,"seq":5,"calls":2,"by":{"source":"trainer","author":null},"modules":{"cb":{"heard":3}},"kernel":{"token":"t"}}\n',
    )
    expect(listCheckpoints(dir)).toEqual([
      {
        tag: 'best',
        dir: join(folderOf(dir), 'best'),
        step: 4,
        seq: 5,
        calls: 2,
        snapshot: { modules: { cb: { heard: 3 } }, kernel: { token: 't' } },
        modules: { cb: { heard: 3 }, kernel: { token: 't' } },
      },
    ])
  })

  test("leaves nothing behind when the handler throws or its promise is rejected, and throws the handler's error", async () => {
    const dir = runDir()
    const fail = (): never => {
      throw new Error('no space')
    }
    expect(() => checkpointFolder(dir, { save: fail }).save?.(request('a', 1))).toThrow(new Error('no space'))
    const later = checkpointFolder(dir, { save: async () => fail() }).save?.(request('a', 1))
    await expect(later).rejects.toThrow(new Error('no space'))
    expect(readdirSync(folderOf(dir))).toEqual([])
  })

  test('puts nothing in place if it was abandoned', async () => {
    const dir = runDir()
    const abort = new AbortController()
    const saving = checkpointFolder(dir, { save: async () => undefined }).save?.(
      request('a', 1, { signal: abort.signal }),
    )
    abort.abort()
    await saving
    expect(readdirSync(folderOf(dir))).toEqual([])
    await checkpointFolder(dir, { save: async () => undefined }).save?.(request('b', 1))
    expect(readdirSync(folderOf(dir))).toEqual(['b'])
  })

  test('deletes older checkpoints that are named after their step, but never the one just saved', () => {
    const dir = runDir()
    const said: string[] = []
    const port = checkpointFolder(dir, { save: () => undefined, keep: 2 }, (line) => said.push(line))
    for (const step of [8, 9, 10]) port.save?.(request(`step-${step}`, step))
    expect(tags(dir)).toEqual(['step-9', 'step-10'])
    // This is not the step of the checkpoint, so it counts as a custom tag.
    port.save?.(request('step-x', 1))
    port.save?.(request('step-7', 3))
    port.save?.(request('step-2', 2))
    expect(tags(dir)).toEqual(['step-x', 'step-2', 'step-7', 'step-9', 'step-10'])
    expect(said).toEqual([])
    const all = checkpointFolder(dir, { save: () => undefined })
    for (const step of [11, 12, 13]) all.save?.(request(`step-${step}`, step))
    expect(tags(dir).length).toBe(8)
  })

  test('has no `save` or `load` if the trainer has none', () => {
    const port = checkpointFolder(runDir(), { noLoad: 'start it again' })
    expect([port.save, port.load, port.noLoad]).toEqual([undefined, undefined, 'start it again'])
    expect('noLoad' in checkpointFolder(runDir(), {})).toBe(false)
  })
})

test.each([[0], [-1], [1.5], [Number.NaN], ['3']])('`keep` cannot be %s', (keep) => {
  const sentence = `\`keep\` must be a whole number of at least 1, got ${typeof keep === 'string' ? `"${keep}"` : keep}: leave it out to keep all`
  // A trainer in JavaScript may pass anything.
  expect(() => checkKeep(keep as number)).toThrow(new RangeError(sentence))
})

test('`keep` may be 1, or left out', () => {
  expect([checkKeep(1), checkKeep(undefined)]).toEqual([undefined, undefined])
})

describe('loading', () => {
  const meta = { step: 4, seq: 5, calls: 2, by: null, modules: { cb: 1 }, kernel: { token: 't' } }

  test('passes the folder of the tag, or of the latest checkpoint, and returns the saved data', () => {
    const dir = runDir()
    putMeta(dir, 'a', meta)
    putMeta(dir, 'b', { ...meta, step: 6, calls: undefined })
    const asked: unknown[] = []
    const port = checkpointFolder(dir, { load: (one) => void asked.push(one) })
    const snapshot = { modules: { cb: 1 }, kernel: { token: 't' } }
    expect(port.load?.({ tag: 'a' })).toEqual({ tag: 'a', step: 4, snapshot, calls: 2 })
    expect(port.load?.({ tag: null })).toEqual({ tag: 'b', step: 6, snapshot })
    expect(asked).toEqual([
      { tag: 'a', dir: join(folderOf(dir), 'a') },
      { tag: 'b', dir: join(folderOf(dir), 'b') },
    ])
  })

  test('returns no module state if the trainer continues with another step', async () => {
    const dir = runDir()
    putMeta(dir, 'a', meta)
    const at = (step: number) => checkpointFolder(dir, { load: () => ({ step }) }).load?.({ tag: 'a' })
    expect(at(9)).toEqual({ tag: 'a', step: 9 })
    expect(at(4)).toMatchObject({ tag: 'a', step: 4, calls: 2 })
    const later = checkpointFolder(dir, { load: async () => ({ step: 9 }) }).load?.({ tag: 'a' })
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toEqual({ tag: 'a', step: 9 })
  })

  test('a tag that does not exist is an error that lists the existing tags', () => {
    const dir = runDir()
    const port = checkpointFolder(dir, { load: () => undefined })
    for (const tag of ['a', null])
      expect(() => port.load?.({ tag })).toThrow(new Error('there is no checkpoint to load'))
    putMeta(dir, 'alpha', meta)
    putMeta(dir, 'beta', { ...meta, step: 6 })
    expect(() => port.load?.({ tag: 'alhpa' })).toThrow(
      new Error('the checkpoint `alhpa` does not exist: did you mean `alpha`?'),
    )
    expect(() => port.load?.({ tag: 'zzzzz' })).toThrow(
      new Error('the checkpoint `zzzzz` does not exist: choose from alpha, beta'),
    )
  })
})

test('the number of calls is updated, and everything else stays the same', () => {
  const dir = runDir()
  putMeta(dir, 'a', { step: 4, seq: 5, calls: 1, extra: { kept: true } })
  const port = checkpointFolder(dir, {})
  port.recount?.({ tag: 'a', calls: 3 })
  expect(metaOf(dir, 'a')).toEqual({ step: 4, seq: 5, calls: 3, extra: { kept: true } })
  for (const content of ['[1]', '{"step":']) {
    putMeta(dir, 'b', content)
    port.recount?.({ tag: 'b', calls: 3 })
    expect(readFileSync(join(folderOf(dir), 'b', 'meta.json'), 'utf8')).toBe(content)
  }
})

describe('dropping', () => {
  const drop = (dir: string, tag: string, isConfirmed = false) =>
    dropCheckpoint(folderOf(dir), { tag, isConfirmed, attempt: 1 })

  test.each<[by: JsonObject | null, sentence: string | null]>([
    [{ source: 'trainer', author: null }, null],
    [{ source: 'cli', author: 'ann' }, 'checkpoint `a` was saved by a person (ann, cli): add `--yes` to delete it'],
    [{ source: 'cli', author: null }, 'checkpoint `a` was saved by a person (cli): add `--yes` to delete it'],
    [null, "checkpoint `a` does not record who saved it and may be a person's: add `--yes` to delete it"],
  ])('deletes a checkpoint saved by %j without confirmation only if a program saved it', (by, sentence) => {
    const dir = runDir()
    putMeta(dir, 'a', { step: 4, seq: 5, by })
    if (sentence !== null) {
      expect(() => drop(dir, 'a')).toThrow(new Error(sentence))
      expect(existsSync(join(folderOf(dir), 'a', 'meta.json'))).toBe(true)
    }
    expect(drop(dir, 'a', sentence !== null)).toEqual({ step: 4, by })
    expect(readdirSync(folderOf(dir))).toEqual([])
  })

  test('deletes a folder without a readable `meta.json` only after confirmation', () => {
    const dir = runDir()
    const sentence = "checkpoint `a` does not record who saved it and may be a person's: add `--yes` to delete it"
    for (const content of ['{"step":', '[]', '{"step":"x"}']) {
      putMeta(dir, 'a', content)
      expect(() => drop(dir, 'a')).toThrow(new Error(sentence))
      expect(drop(dir, 'a', true)).toEqual({ step: null, by: null })
    }
    mkdirSync(join(folderOf(dir), 'a'))
    expect(drop(dir, 'a', true)).toEqual({ step: null, by: null })
  })

  test('a tag that does not exist is an error that lists the existing tags', () => {
    const dir = runDir()
    expect(() => drop(dir, 'a', true)).toThrow(new Error('there is no checkpoint to drop'))
    mkdirSync(folderOf(dir))
    mkdirSync(join(folderOf(dir), '.saving-1-9-5-~b'))
    expect(() => drop(dir, 'a', true)).toThrow(new Error('there is no checkpoint to drop'))
    for (const tag of ['beta', 'alpha']) putMeta(dir, tag, { step: 1, seq: 1 })
    expect(() => drop(dir, 'zzzzz', true)).toThrow(
      new Error('the checkpoint `zzzzz` does not exist: choose from alpha, beta'),
    )
    expect(() => drop(dir, 'alhpa', true)).toThrow(
      new Error('the checkpoint `alhpa` does not exist: did you mean `alpha`?'),
    )
  })
})

describe('listing', () => {
  function seam(seq: number, step: number, endSeq: number | null = null): string {
    const payload = { n: seq, token: `t${seq}`, step, cut: true, ...(endSeq !== null && { seq: endSeq }) }
    const line = { seq, step: 0, module: 'core', op: 'attempt', id: 'main', decision: 'applied', attempt: seq, payload }
    return `${JSON.stringify({ ...line, cid: null })}\n`
  }

  const writeLedger = (dir: string, ...lines: readonly string[]): void =>
    writeFileSync(join(dir, 'hotcb.applied.jsonl'), lines.join(''))
  const meta = (step: number, seq: number, kernel: JsonObject | null = null, modules: JsonObject | null = {}) => ({
    step,
    seq,
    modules,
    kernel,
  })
  const kernelAt = (step: number, end: boolean, more: object = {}): JsonObject => ({
    seq: 1,
    token: 't',
    at: { step, call: 0, after: false, end },
    submitted: [],
    ...more,
  })

  test('is sorted by step, then by seq, and leaves out folders that are not checkpoints', () => {
    const dir = runDir()
    expect([listCheckpoints(dir), latestCheckpoint(dir)]).toEqual([[], null])
    putMeta(dir, 'c', meta(10, 9))
    putMeta(dir, 'b', meta(10, 2))
    putMeta(dir, 'a', meta(9, 20))
    putMeta(dir, '.hidden', meta(11, 1))
    putMeta(dir, 'broken', '{"step":')
    putMeta(dir, 'none', { seq: 3 })
    mkdirSync(join(folderOf(dir), 'empty'))
    expect([tags(dir), latestCheckpoint(dir)?.tag]).toEqual([['a', 'b', 'c'], 'c'])
  })

  test('includes the state of the modules and the kernel, if there is any', () => {
    const dir = runDir()
    putMeta(dir, 'a', { step: 1, seq: 1 })
    putMeta(dir, 'b', meta(2, 1, null, { cb: 1 }))
    putMeta(dir, 'c', { ...meta(3, 1, { token: 't' }, { cb: 1 }), calls: 4 })
    const [a, b, c] = listCheckpoints(dir)
    expect([a?.snapshot, a?.modules, a !== undefined && 'calls' in a]).toEqual([null, null, false])
    expect([b?.snapshot, b?.modules]).toEqual([{ modules: { cb: 1 }, kernel: null }, { cb: 1 }])
    expect([c?.snapshot, c?.modules, c?.calls]).toEqual([
      { modules: { cb: 1 }, kernel: { token: 't' } },
      { cb: 1, kernel: { token: 't' } },
      4,
    ])
  })

  test('leaves out checkpoints saved after a place to which the run went back', () => {
    const dir = runDir()
    // The next step to train is one after the last that they contain.
    putMeta(dir, 'before', meta(5, 1))
    putMeta(dir, 'after', meta(6, 2))
    putMeta(dir, 'newer', meta(6, 9))
    writeLedger(dir, seam(4, 5))
    expect(tags(dir)).toEqual(['before', 'newer'])
    writeLedger(dir, '{"op":"attempt", broken\n', '{"seq":1,"note":"attempt"}\n')
    expect(tags(dir)).toEqual(['before', 'after', 'newer'])
  })

  test('leaves out a checkpoint saved at the end of the previous step, if that end was cut', () => {
    const dir = runDir()
    putMeta(dir, 'plain', meta(5, 3, kernelAt(4, false)))
    putMeta(dir, 'end', meta(5, 3, kernelAt(4, true)))
    writeLedger(dir, seam(9, 5, 2))
    expect(tags(dir)).toEqual(['plain'])
    writeLedger(dir, seam(9, 5, 3))
    expect(tags(dir).sort()).toEqual(['end', 'plain'])
  })

  test('the latest is not a checkpoint that a load of an earlier one of the same step has passed over', () => {
    const dir = runDir()
    putMeta(dir, 'early', meta(5, 2))
    putMeta(dir, 'late', meta(5, 4))
    const latest = (...lines: readonly string[]): string | undefined => {
      writeLedger(dir, ...lines)
      return latestCheckpoint(dir)?.tag
    }
    expect(latest()).toBe('late')
    expect(latest(seam(9, 5, 2))).toBe('early')
    expect(latest(seam(9, 5, 4))).toBe('late')
    // Another step, an older seam, or no known place in the ledger.
    expect(latest(seam(9, 6, 2))).toBe('late')
    expect(latest(seam(3, 5, 2))).toBe('late')
    expect(latest(seam(9, 5, 0))).toBe('late')
    expect(latest(seam(9, 5))).toBe('late')
    expect(tags(dir)).toEqual(['early', 'late'])
  })

  test('the latest is not a copy from another run, unless it has been loaded here', () => {
    const dir = runDir()
    putMeta(dir, 'own', meta(2, 1))
    putMeta(dir, 'copy', meta(5, 3, kernelAt(4, false, { copied: true })))
    expect([tags(dir), latestCheckpoint(dir)?.tag]).toEqual([['own', 'copy'], 'own'])
    writeLedger(dir, seam(9, 5))
    expect(latestCheckpoint(dir)?.tag).toBe('copy')
    writeLedger(dir, seam(9, 6))
    expect(latestCheckpoint(dir)?.tag).toBe('own')
    writeLedger(dir, seam(3, 5))
    expect(latestCheckpoint(dir)?.tag).toBe('own')
    putMeta(dir, 'copy', meta(5, 3, kernelAt(4, false, { copied: 'yes' })))
    expect(latestCheckpoint(dir)?.tag).toBe('copy')
  })
})
