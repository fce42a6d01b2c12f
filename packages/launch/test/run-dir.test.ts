import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeRunDir } from '../src/node/run-dir.ts'
import { temporaryDirectory } from './live-run.ts'

const COMMANDS = 'hotcb.commands.jsonl'

describe('a run without a directory', () => {
  test('gets the first free name below `runs`, or in the folder for runs', () => {
    const cwd = temporaryDirectory()
    const dirs = [1, 2].map(() => makeRunDir(undefined, 'simple', { cwd }).dir)
    expect(dirs).toEqual([join(cwd, 'runs/simple-001'), join(cwd, 'runs/simple-002')])
    expect(readdirSync(dirs[0] ?? '')).toEqual([COMMANDS])
    const runsDir = join(cwd, 'others')
    expect(makeRunDir(undefined, 'simple', { cwd, runsDir }).dir).toBe(join(runsDir, 'simple-001'))
  })

  test('leaves nothing behind if it is discarded', () => {
    const cwd = temporaryDirectory()
    makeRunDir(undefined, 'simple', { cwd }).discard()
    expect(readdirSync(join(cwd, 'runs'))).toEqual([])
  })

  test('is kept, without an error, if it cannot be removed', () => {
    const cwd = temporaryDirectory()
    const made = makeRunDir('a', 'simple', { cwd })
    rmSync(cwd, { recursive: true })
    writeFileSync(cwd, 'a file')
    expect(() => made.discard()).not.toThrow()
    rmSync(cwd)
    mkdirSync(cwd)
  })
})

describe('a given directory', () => {
  test('is created with its parent folders, relative to the directory of the launch', () => {
    const cwd = temporaryDirectory()
    const made = makeRunDir('a/b', 'simple', { cwd })
    expect(made.dir).toBe(join(cwd, 'a/b'))
    expect(statSync(join(made.dir, COMMANDS)).size).toBe(0)
    made.discard()
    expect(existsSync(made.dir)).toBe(false)
    expect(makeRunDir(join(cwd, 'c'), 'simple', { cwd: '/nowhere' }).dir).toBe(join(cwd, 'c'))
  })

  test('that was prepared in advance keeps its commands, and is not removed', () => {
    const cwd = temporaryDirectory()
    mkdirSync(join(cwd, 'a'))
    writeFileSync(join(cwd, 'a', COMMANDS), '{"module":"core","op":"pause"}\n')
    writeFileSync(join(cwd, 'a/hotcb.ledger.jsonl'), '')
    const made = makeRunDir('a', 'simple', { cwd })
    expect(statSync(join(cwd, 'a', COMMANDS)).size).toBe(31)
    made.discard()
    expect(existsSync(join(cwd, 'a', COMMANDS))).toBe(true)
  })

  test.each(['hotcb.run.json', 'hotcb.metrics.jsonl', 'hotcb.applied.jsonl', 'hotcb.launch.jsonl', 'hotcb.state.json'])(
    'with %s is used, and is not changed',
    (file) => {
      const cwd = temporaryDirectory()
      mkdirSync(join(cwd, 'a'))
      writeFileSync(join(cwd, 'a', file), '{}\n')
      expect(() => makeRunDir('a', 'simple', { cwd })).toThrow(
        expect.objectContaining({
          code: 'used',
          message:
            '`a` already contains a run, which is never overwritten: choose a different directory, or continue the run with `--resume a`',
        }),
      )
      expect(readdirSync(join(cwd, 'a'))).toEqual([file])
    },
  )

  test('that is a file, or below one, is refused', () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'a'), '')
    for (const given of ['a', 'a/b']) {
      expect(() => makeRunDir(given, 'simple', { cwd })).toThrow(
        expect.objectContaining({
          code: 'bad-option',
          message: `\`${given}\` is a file, or below one: choose a directory for the run`,
        }),
      )
    }
  })

  test('that cannot be created is an error that contains its name', () => {
    const cwd = temporaryDirectory()
    symlinkSync('loop', join(cwd, 'loop'))
    expect(() => makeRunDir('loop/a', 'simple', { cwd })).toThrow(
      expect.objectContaining({ name: 'JournalError', message: expect.stringContaining('cannot create `loop/a`') }),
    )
  })
})
