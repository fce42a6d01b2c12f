import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hostFileName, openHostWriter } from '../src/index.ts'

let run: string
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'journal-host-'))
})
afterEach(() => rmSync(run, { recursive: true, force: true }))

test('every process of a host finds the same file, and hosts of the same name have different files', () => {
  for (const identity of ['one', 'two', 'one']) {
    const writer = openHostWriter(run, { hostname: 'localhost', identity })
    writer.append(`"${identity}"\n`)
    writer.close()
  }
  const names = readdirSync(join(run, 'hotcb.commands.d')).sort()
  expect(names).toEqual([expect.stringMatching(/^localhost-[0-9a-f]{6}\.jsonl$/), expect.stringMatching(/^localhost-/)])
  const texts = names.map((name) => readFileSync(join(run, 'hotcb.commands.d', name), 'utf8'))
  expect(texts.sort()).toEqual(['"one"\n"one"\n', '"two"\n'])
})

test('this host gets the same name each time', () => {
  expect(hostFileName()).toBe(hostFileName())
  expect(hostFileName()).toMatch(/^[A-Za-z0-9_-]{1,40}-[0-9a-f]{6}\.jsonl$/)
})

test.each([
  ['node-07', 'node-07'],
  ['Node_7.example.org', 'Node_7-example-org'],
  ['../../etc/passwd', 'etc-passwd'],
  ['.hidden', 'hidden'],
  ['ноутбук', 'host'],
  ['', 'host'],
  ['a'.repeat(200), 'a'.repeat(40)],
])('the host name %j becomes a file name', (hostname, part) => {
  expect(hostFileName({ hostname, identity: 'x' })).toMatch(new RegExp(`^${part}-[0-9a-f]{6}\\.jsonl$`))
})

test('hosts whose names look alike as file names are still distinguished', () => {
  const names = ['a.b', 'a-b', 'a b'].map((hostname) => hostFileName({ hostname, identity: 'x' }))
  expect(new Set(names).size).toBe(3)
})

test('a missing run directory is an error and is not created', () => {
  expect(() => openHostWriter(join(run, 'none'))).toThrow(
    /cannot create `.*hotcb\.commands\.d`: no such file or directory/,
  )
  expect(readdirSync(run)).toEqual([])
  mkdirSync(join(run, 'odd'))
  writeFileSync(join(run, 'odd', 'hotcb.commands.d'), '')
  expect(() => openHostWriter(join(run, 'odd'))).toThrow(/a part of its path is not a directory/)
})
