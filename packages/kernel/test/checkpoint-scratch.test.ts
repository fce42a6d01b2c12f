import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { deleteTag, makeScratch, putInPlace, recoverScratch, removeScratch } from '../src/node/checkpoint-scratch.ts'
import { runDir } from './run-dir.ts'

const OWNER = { attempt: 3 }
// A process on another machine: it is unknown whether it is running.
const ELSEWHERE = '7f0e%2F1%2F2%2F77'
const SELF = encodeURIComponent(processStart() ?? '')
const DAY = 86_400

const names = (folder: string): string[] => readdirSync(folder).sort()
const textIn = (folder: string, name: string): string => readFileSync(join(folder, name, 'weights'), 'utf8')

/** A folder with a file. */
function put(folder: string, name: string, text = name): void {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'weights'), text)
}

/** Sets the time of a folder, in seconds before now. */
function age(folder: string, name: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds
  utimesSync(join(folder, name), then, then)
}

test('a scratch folder is empty, named after its owner and its process, and no two have the same name', () => {
  const folder = join(runDir(), 'checkpoints')
  const dirs = Array.from({ length: 20 }, () => makeScratch(folder, 'best', OWNER))
  expect(new Set(dirs).size).toBe(20)
  for (const dir of dirs) {
    expect(readdirSync(dir)).toEqual([])
    expect(dir.startsWith(join(folder, `.saving-3-${process.pid}-`))).toBe(true)
    expect(dir.endsWith(`-${SELF}~best`)).toBe(true)
  }
  const before = join(folder, `.saving-3-${process.pid}-`).length
  const times = dirs.map((dir) => BigInt(dir.slice(before).split('-')[0] ?? ''))
  expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0n))).toBe(true)
})

test('removing a scratch folder removes its files, and a missing folder is not an error', () => {
  const folder = runDir()
  put(folder, 'scratch')
  removeScratch(join(folder, 'scratch'))
  removeScratch(join(folder, 'scratch'))
  expect(names(folder)).toEqual([])
})

test('a saved folder replaces the one that had its tag, and nothing else is left', () => {
  const folder = runDir()
  put(folder, 'from', 'first')
  putInPlace(join(folder, 'from'), folder, 'best', OWNER)
  expect([names(folder), textIn(folder, 'best')]).toEqual([['best'], 'first'])
  put(folder, 'from', 'second')
  putInPlace(join(folder, 'from'), folder, 'best', OWNER)
  expect([names(folder), textIn(folder, 'best')]).toEqual([['best'], 'second'])
})

test('if the saved folder cannot be moved, the previous one keeps its tag', () => {
  const folder = runDir()
  put(folder, 'best', 'first')
  expect(() => putInPlace(join(folder, 'missing'), folder, 'best', OWNER)).toThrow(/ENOENT/)
  expect([names(folder), textIn(folder, 'best')]).toEqual([['best'], 'first'])
  expect(() => putInPlace(join(folder, 'missing'), folder, 'last', OWNER)).toThrow(/ENOENT/)
  expect(names(folder)).toEqual(['best'])
})

test('deleting a tag deletes its files, and those of an older one that was set aside', () => {
  const folder = runDir()
  put(folder, 'best')
  put(folder, 'other')
  put(folder, `.replaced-2-9-50-${ELSEWHERE}~best`)
  put(folder, `.replaced-2-9-50-${ELSEWHERE}~other`)
  put(folder, `.saving-2-9-50-${ELSEWHERE}~best`)
  expect(deleteTag(folder, 'best', OWNER)).toBe(true)
  expect(deleteTag(folder, 'best', OWNER)).toBe(false)
  expect(names(folder)).toEqual([`.replaced-2-9-50-${ELSEWHERE}~other`, `.saving-2-9-50-${ELSEWHERE}~best`, 'other'])
  expect(deleteTag(join(folder, 'none'), 'best', OWNER)).toBe(false)
})

test('a tag that cannot be deleted is an error', () => {
  const folder = runDir()
  put(folder, 'file')
  // The path goes through a file.
  expect(() => deleteTag(join(folder, 'file', 'weights'), 'best', OWNER)).toThrow(/ENOTDIR/)
})

test('recovery restores a missing tag from the newest folder that was set aside: by attempt, then by time', () => {
  const folder = runDir()
  put(folder, `.replaced-2-9-50-${ELSEWHERE}~best`, 'older attempt')
  put(folder, `.replaced-10-9-4-${ELSEWHERE}~best`, 'newest')
  put(folder, `.replaced-10-9-3-${ELSEWHERE}~best`, 'earlier')
  put(folder, `.replaced-1-9-9-${ELSEWHERE}~last`, 'set aside')
  put(folder, 'last', 'there')
  put(folder, `.replaced-1-9-7-${ELSEWHERE}~a.b-c_d`, 'dots')
  expect([...recoverScratch(folder)].sort()).toEqual(['a.b-c_d', 'best'])
  expect(['best', 'last', 'a.b-c_d'].map((tag) => textIn(folder, tag))).toEqual(['newest', 'there', 'dots'])
  // The folders that got no tag are kept, since their process may still be running.
  expect(names(folder)).toEqual([
    `.replaced-1-9-9-${ELSEWHERE}~last`,
    `.replaced-10-9-3-${ELSEWHERE}~best`,
    `.replaced-2-9-50-${ELSEWHERE}~best`,
    'a.b-c_d',
    'best',
    'last',
  ])
  expect(recoverScratch(join(folder, 'none'))).toEqual([])
})

test('recovery removes folders whose process has exited, and folders older than a day', () => {
  const folder = runDir()
  // No process has this number.
  const gone = 2 ** 30
  const doomed = ['saving', 'replaced', 'deleted'].flatMap((kind) => [
    `.${kind}-1-${gone}-5-${SELF}~last`,
    `.${kind}-1-9-6-${ELSEWHERE}~last`,
  ])
  const running = ['saving', 'replaced', 'deleted'].map((kind) => `.${kind}-1-${process.pid}-7-${SELF}~last`)
  const young = ['saving', 'replaced', 'deleted'].map((kind) => `.${kind}-1-9-8-${ELSEWHERE}~last`)
  for (const name of [...doomed, ...running, ...young, 'last']) put(folder, name)
  for (const name of doomed.filter((one) => one.includes(ELSEWHERE))) age(folder, name, DAY + 60)
  for (const name of young) age(folder, name, DAY - 60)
  expect(recoverScratch(folder)).toEqual([])
  expect(names(folder)).toEqual([...running, ...young, 'last'].sort())
})

test('recovery touches only scratch folders, whatever else has a similar name', () => {
  const folder = runDir()
  const others = [
    '.best.saving',
    '.gitkeep',
    'best.replaced',
    '.saving-x~best',
    '.moved-1-9-5-~best',
    '.saving-1-9-5-~-best',
    '.saving-1-9-5-~',
    'x.saving-1-9-5-~best',
    '.saving-1-9-5-a~b~best',
    '.saving-1-9-~best',
    '.saving--9-5-~best',
    '.saving-1-9-5-~best of all',
  ]
  for (const name of others) {
    put(folder, name)
    age(folder, name, 2 * DAY)
  }
  expect(recoverScratch(folder)).toEqual([])
  expect(names(folder)).toEqual([...others].sort())
})

test('a folder whose process start time cannot be decoded is kept for a day, like one without a start time', () => {
  const folder = runDir()
  const [broken, none] = [`.saving-1-${process.pid}-5-%E0%A4%A~a`, `.saving-1-${process.pid}-5-~a`]
  for (const name of [broken, none]) put(folder, name)
  expect(recoverScratch(folder)).toEqual([])
  expect(names(folder)).toEqual([broken, none].sort())
  for (const name of [broken, none]) age(folder, name, 2 * DAY)
  recoverScratch(folder)
  expect(names(folder)).toEqual([])
})

test('a folder that was set aside stays set aside if its tag is taken, even by a file', () => {
  const folder = runDir()
  const aside = (tag: string): string => `.replaced-1-9-9-${ELSEWHERE}~${tag}`
  for (const tag of ['file', 'other']) put(folder, aside(tag))
  writeFileSync(join(folder, 'file'), 'text')
  put(folder, 'other')
  expect(recoverScratch(folder)).toEqual([])
  expect(names(folder)).toEqual([aside('file'), aside('other'), 'file', 'other'])
  // The file is not part of a checkpoint, so a save replaces it.
  put(folder, 'from', 'saved')
  putInPlace(join(folder, 'from'), folder, 'file', OWNER)
  expect(textIn(folder, 'file')).toBe('saved')
})
