import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listCheckpoints, openKernel } from '../src/node.ts'
import { bundleProgram } from './bundle.ts'
import { command, ledger, runDir } from './run-dir.ts'

let out: string
let stages: string
let racer: string
let full: string
beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'hotcb-programs-'))
  stages = await bundleProgram('checkpoint-stages.ts', out)
  racer = await bundleProgram('checkpoint-racer.ts', out)
  full = await bundleProgram('checkpoint-full.ts', out)
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

/** Runs the sequence until it is killed at its `stage`-th moment. True if it finished before that. */
function killedAt(dir: string, stage: number, ...more: readonly string[]): boolean {
  const { status, signal, stderr } = spawnSync(process.execPath, [stages, dir, String(stage), ...more], {
    encoding: 'utf8',
  })
  if (status !== 0 && signal !== 'SIGKILL') throw new Error(stderr)
  return status === 0
}

// The state before each step of the sequence, and after the last: the versions of `best`.
const THERE: readonly (readonly string[])[] = [
  [],
  ['best'],
  ['best', 'step-2'],
  ['best', 'step-2'],
  ['best', 'step-2', 'step-4'],
  ['best', 'step-4', 'step-5'],
  ['step-4', 'step-5'],
]
const BEST = [null, 1, 1, 3, 3, 3, null]

function names(dir: string): string[] {
  return existsSync(join(dir, 'hotcb.checkpoints')) ? readdirSync(join(dir, 'hotcb.checkpoints')).sort() : []
}

/** The version in both files of a checkpoint. */
function versionOf(dir: string): number {
  const [a, b] = ['a', 'b'].map((name) => readFileSync(join(dir, name), 'utf8'))
  expect(a).toBe(b)
  return Number(/^version (\d+)$/.exec(a ?? '')?.[1])
}

function expectWhole(dir: string, step: number): void {
  const [before = [], after = []] = [THERE[step], THERE[step + 1]]
  const found = names(dir)
  expect(found.filter((name) => before.includes(name) && after.includes(name))).toEqual(
    before.filter((name) => after.includes(name)),
  )
  expect([...before, ...after]).toEqual(expect.arrayContaining(found))
  const listed = listCheckpoints(dir)
  expect(listed.map(({ tag }) => tag).sort()).toEqual(found)
  for (const { tag, dir: folder } of listed) {
    const version = versionOf(folder)
    if (tag === 'best') expect([BEST[step], BEST[step + 1]]).toContain(version)
    else expect(version).toBeGreaterThan(0)
  }
}

test('each checkpoint is complete or absent, and none is lost, after a kill at any moment of a save, replacement, deletion or repair', () => {
  let kills = 0
  for (let stage = 1; ; stage++) {
    const dir = runDir()
    if (killedAt(dir, stage)) break
    kills++
    const begun = existsSync(join(dir, 'begun')) ? Number(readFileSync(join(dir, 'begun'), 'utf8')) : 0
    // The repair is also killed, one moment later each time, until there is nothing left to repair.
    for (let repair = 1; !killedAt(dir, repair, 'open'); repair++) expect(repair).toBeLessThan(30)
    expectWhole(dir, begun)
  }
  expect(kills).toBeGreaterThan(30)
})

test('two processes that save the same checkpoint repeatedly always leave it complete, and no other files', async () => {
  const dir = runDir()
  const racers = [1, 2].map((id) => spawn(process.execPath, [racer, dir, String(id), '150'], { stdio: 'inherit' }))
  let running = racers.length
  const ended = racers.map(async (child) => {
    const [code] = await once(child, 'close')
    running--
    return code
  })
  let seen = 0
  const folder = join(dir, 'hotcb.checkpoints/best')
  while (running > 0 || seen === 0) {
    const versions = readBetweenReplacements(folder)
    if (versions !== null) {
      seen++
      expect(new Set(versions).size).toBe(1)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(await Promise.all(ended)).toEqual([0, 0])
  expect(seen).toBeGreaterThan(0)
  expect(names(dir)).toEqual(['best'])
  expect(readBetweenReplacements(folder)).not.toBe(null)
})

test('a process that is overtaken while it replaces a checkpoint also replaces the one from the other process', () => {
  const dir = runDir()
  for (const [id, count] of [
    ['1', '1'],
    ['2', 'overtaken'],
  ] as const) {
    expect(spawnSync(process.execPath, [racer, dir, id, count], { stdio: 'inherit' }).status).toBe(0)
  }
  expect(names(dir)).toEqual(['best'])
  expect(new Set(readBetweenReplacements(join(dir, 'hotcb.checkpoints/best')))).toEqual(new Set(['2000000']))
})

/** The content of its files; null if it was replaced in the meantime. */
function readBetweenReplacements(folder: string): readonly string[] | null {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  try {
    const before = read('meta.json')
    const files = [read('a'), read('b'), String(JSON.parse(before).seq)]
    return read('meta.json') === before ? files : null
  } catch {
    return null
  }
}

/** Runs a program on its own small disk; if mounting is not allowed, a file size limit replaces it. */
function onSmallDisk(disk: string, program: string): string {
  const run = `'${process.execPath}' '${program}' '${disk}'`
  const mounted = spawnSync('unshare', ['-rm', 'sh', '-c', `mount -t tmpfs -o size=256k none '${disk}' && ${run}`], {
    encoding: 'utf8',
  })
  if (mounted.status === 0) return mounted.stdout
  const limited = spawnSync('sh', ['-c', `ulimit -S -f 16; ${run}`], { encoding: 'utf8' })
  if (limited.status !== 0) throw new Error(limited.stderr)
  return limited.stdout
}

test('a checkpoint that does not fit on the disk fails, frees its space, and keeps the previous one', () => {
  const dir = runDir()
  const told = JSON.parse(onSmallDisk(dir, full))
  expect(told).toEqual({
    decisions: ['applied', 'failed', expect.any(String), 'applied'],
    errors: [null, expect.stringMatching(/^`save` failed: (ENOSPC|EFBIG): /), expect.anything(), null],
    versions: [1, 1, told.decisions[2] === 'failed' ? 1 : 3, 4],
    names: [['best'], ['best'], ['best'], ['best']],
  })
})

test('opening a run changes neither the folders of a save in progress nor folders that are not scratch', async () => {
  const dir = runDir()
  const folder = join(dir, 'hotcb.checkpoints')
  mkdirSync(folder)
  const elsewhere = '7f0e%2F1%2F2%2F77'
  const kept = ['.best.saving', '.gitkeep', 'best.replaced', `.saving-1-99-5-${elsewhere}~new`, '.saving-x~best']
  const old = [`.saving-1-99-5-${elsewhere}~old`, `.deleted-1-99-6-${elsewhere}~old`]
  for (const name of [...kept, ...old]) mkdirSync(join(folder, name))
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400
  for (const name of [...kept.slice(0, 3), ...old]) utimesSync(join(folder, name), twoDaysAgo, twoDaysAgo)
  const saving = spawn(process.execPath, [racer, dir, '1', 'hang'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(saving.stdout, 'data')
  const own = names(dir).filter((name) => name.endsWith('~hang'))
  expect(own.length).toBe(1)
  openKernel(dir).close()
  expect(names(dir)).toEqual([...kept, ...own].sort())
  saving.kill('SIGKILL')
  await once(saving, 'close')
  openKernel(dir).close()
  expect(names(dir)).toEqual([...kept].sort())
})

test('the newest of several folders that were set aside gets the tag back, but only if the tag is free', () => {
  const dir = runDir()
  const folder = join(dir, 'hotcb.checkpoints')
  const elsewhere = '7f0e%2F1%2F2%2F77'
  const aside = (name: string, text: string): void => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'meta.json'), `{"step":3,"seq":1,"text":"${text}"}`)
  }
  aside(`.replaced-2-9-50-${elsewhere}~best`, 'older')
  aside(`.replaced-10-9-4-${elsewhere}~best`, 'newest')
  aside(`.replaced-10-9-3-${elsewhere}~best`, 'old')
  aside(`.replaced-1-9-9-${elsewhere}~last`, 'set aside')
  aside('last', 'there')
  const said: string[] = []
  openKernel(dir, { log: (line) => said.push(line) }).close()
  const text = (tag: string) => JSON.parse(readFileSync(join(folder, tag, 'meta.json'), 'utf8')).text
  expect([text('best'), text('last')]).toEqual(['newest', 'there'])
  expect(said).toEqual(['checkpoint `best` was restored: its replacement was not completed'])
  // A dropped checkpoint is not restored from a folder that was set aside.
  const kernel = openKernel(dir, { checkpoints: {}, lookMs: 0 })
  command(dir, { cid: 'a', module: 'core', op: 'checkpoint', params: { action: 'drop', tag: 'best', yes: true } })
  kernel.apply({ step: 0 })
  kernel.close()
  openKernel(dir).close()
  expect(ledger(dir).find(({ cid }) => cid === 'a')).toMatchObject({ decision: 'applied' })
  expect(listCheckpoints(dir).map(({ tag }) => tag)).toEqual(['last'])
})
