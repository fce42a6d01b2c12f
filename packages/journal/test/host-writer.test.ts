import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hostFileName, openHostWriter } from '../src/index.ts'

let cards: Record<string, { mac: string }[] | undefined> = {}
let isLinux = true
vi.mock('node:os', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  networkInterfaces: () => cards,
}))
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const readFile = (path: string, encoding: 'utf8') =>
    real.readFileSync(isLinux || !path.startsWith('/proc/') ? path : '/none', encoding)
  return { ...real, readFileSync: readFile }
})

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

test.runIf(process.platform === 'linux')('on Linux a host is distinguished by the boot of its kernel', () => {
  const identity = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  expect(hostFileName()).toBe(hostFileName({ hostname: hostname(), identity }))
})

test('elsewhere a host is distinguished by the addresses of its network cards, in any order', () => {
  isLinux = false
  try {
    cards = { en1: [{ mac: 'b' }, { mac: 'a' }], lo: undefined, en0: [{ mac: 'b' }] }
    const one = hostFileName({ hostname: 'mac' })
    cards = { en0: [{ mac: 'a' }], en1: [{ mac: 'b' }] }
    expect([one, hostFileName({ hostname: 'mac' })]).toEqual(
      Array(2).fill(hostFileName({ hostname: 'mac', identity: 'a b' })),
    )
    cards = { en0: [{ mac: 'c' }] }
    expect(hostFileName({ hostname: 'mac' })).not.toBe(one)
  } finally {
    isLinux = true
  }
})

test('name and identity are not mixed up', () => {
  const names = [
    { hostname: 'a', identity: 'bc' },
    { hostname: 'ab', identity: 'c' },
  ].map((options) => hostFileName(options).slice(-12))
  expect(new Set(names).size).toBe(2)
})

test('a folder that cannot be created causes an error that names it', () => {
  const file = join(run, 'file')
  writeFileSync(file, '')
  expect(() => openHostWriter(file)).toThrow(expect.objectContaining({ code: 'missing', errno: 'ENOTDIR' }))
  const writer = openHostWriter(run, { hostname: 'h', identity: 'x', within: [run] })
  expect(writer.path).toBe(join(run, 'hotcb.commands.d', hostFileName({ hostname: 'h', identity: 'x' })))
  writer.close()
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

test('hosts whose names are the same as file names are still distinguished', () => {
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
