import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, onTestFinished, test } from 'vitest'
import { type BegunMark, isRunning, readMarks } from '../src/node/marks.ts'
import { hostMark } from '../src/node/paths.ts'

function directory() {
  const dir = mkdtempSync(join(tmpdir(), 'marks-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const mark = (folder: string, name: string, target: string): void => {
    mkdirSync(join(dir, folder), { recursive: true })
    symlinkSync(target, join(dir, folder, name))
  }
  return { dir, mark }
}

const LOCAL = { kind: 'local', host: 'h', pid: 12, start: 'boot/3', ts: 100, gpus: '0,1' } as const

test('marks name the process or the task of an attempt, and contain its latest end', () => {
  const { dir, mark } = directory()
  expect(readMarks(join(dir, 'none')).size).toBe(0)
  mark('0', '3-1', 'local:h:12:boot/3:100:0,1')
  mark('0', '3-2', 'slurm:70_4:n1:200')
  mark('0', '3-2.0=143', '250')
  mark('0', '3-2.1=0', '300:limit')
  mark('1', '1003-1', 'gridengine:71_0:n2:')
  mark('1', '1003-1.0=76', 'x:parent')
  mark('1', '1004-1.0=1', '400:other')
  for (const name of ['3', '3-1.tmp', '3-1.0', '3-1.0=', 'x3-1', '3-1.0=1x', 'a-1']) mark('0', name, 'local:h:1:::')
  const all = readMarks(dir)
  expect([...all].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ['1003-1', { begun: { kind: 'gridengine', job: '71', task: 0, host: 'n2', ts: null }, ended: { r: 0, code: 76, ts: null, cause: 'parent' } }], // biome-ignore format: a table
    ['1004-1', { begun: null, ended: { r: 0, code: 1, ts: 400, cause: null } }],
    ['3-1', { begun: LOCAL, ended: null }],
    ['3-2', { begun: { kind: 'slurm', job: '70', task: 4, host: 'n1', ts: 200 }, ended: { r: 1, code: 0, ts: 300, cause: 'limit' } }], // biome-ignore format: a table
  ])
  expect([...readMarks(dir, [[3, 1], [1004, 1], [5, 1], [2003, 1]]).keys()].sort()).toEqual(['1004-1', '3-1']) // biome-ignore format: pairs
  expect(readMarks(dir, []).size).toBe(0)
})

test('start marks that were read before are not read again, unless reading them failed', () => {
  const { dir, mark } = directory()
  mark('0', '3-1', 'local:h:12:boot/3:100:0,1')
  const known = new Map<string, BegunMark>()
  expect(readMarks(dir, [[3, 1]], known).get('3-1')?.begun).toEqual(LOCAL)
  expect([...known]).toEqual([['3-1', LOCAL]])
  rmSync(join(dir, '0/3-1'))
  mark('0', '3-1', 'local:h:99:boot/3:100:')
  expect(readMarks(dir, [[3, 1]], known).get('3-1')?.begun).toBe(known.get('3-1'))
  expect(readMarks(dir, [[3, 1]]).get('3-1')?.begun).toMatchObject({ pid: 99, gpus: '' })
  // This is not a link, so it cannot be read as one.
  writeFileSync(join(dir, '0/4-1'), '')
  expect(readMarks(dir, [[4, 1]], known).get('4-1')?.begun).toEqual({ kind: 'local', host: '', pid: 0, start: '', ts: null, gpus: '' }) // biome-ignore format: short
  expect(known.has('4-1')).toBe(false)
})

test('only for a process on this machine is it known whether its wrapper is running', () => {
  const here = { ...LOCAL, host: hostMark(), pid: process.pid, start: processStart() ?? '' }
  expect(isRunning(here)).toBe(true)
  expect(isRunning({ ...here, pid: 999_999_999 })).toBe(false)
  expect(isRunning({ ...here, start: `${here.start}9` })).toBe(false)
  expect(isRunning({ ...here, host: 'far-away' })).toBeUndefined()
  expect(isRunning({ kind: 'slurm', job: '1', task: 0, host: hostMark(), ts: null })).toBeUndefined()
})
