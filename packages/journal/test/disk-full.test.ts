import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildJournal } from './built.ts'

let directory: string
let path: string
let script: string
let count = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-full-'))
  script = join(directory, 'writer.mjs')
  // Appends lines until one does not fit, prints its state, and continues at each line on its standard input.
  writeFileSync(
    script,
    `import { createInterface } from 'node:readline'
    import { openAppender } from ${JSON.stringify(buildJournal(directory))}
    const appender = openAppender(process.argv[2])
    let n = 0
    const next = () => appender.append(n++ + ' €€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€\\n')
    let failure = null
    while (failure === null && n < 100000) failure = next()
    const tell = () => console.log(JSON.stringify({ n, failure, pending: appender.pendingBytes, end: appender.endOffset, size: appender.size() }))
    tell()
    createInterface(process.stdin).on('line', (word) => {
      failure = word === 'append' ? next() : appender.flush()
      tell()
    })`,
  )
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))
beforeEach(() => {
  path = join(directory, `full-${count++}.jsonl`)
})

interface Standing {
  readonly n: number
  readonly failure: { readonly code: string; readonly message: string } | null
  readonly pending: number
  readonly end: number
  readonly size: number
}

interface Writer {
  readonly child: ChildProcess
  readonly told: () => Promise<Standing>
  readonly say: (word: 'append' | 'flush') => Promise<Standing>
}

const line = (n: number) => `${n} ${'€'.repeat(33)}\n`
const allLines = (n: number) => Array.from({ length: n }, (_, at) => line(at)).join('')

/** A writer whose files cannot grow beyond a few kilobytes: a real system limit that any user can set. */
function limitedWriter(): Writer {
  const child = spawn('sh', ['-c', 'ulimit -S -f 8; exec "$@"', 'sh', process.execPath, script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  const told = async () => JSON.parse((await answers.next()).value) as Standing
  return {
    child,
    told,
    say: (word) => {
      child.stdin.write(`${word}\n`)
      return told()
    },
  }
}

async function end(writer: Writer): Promise<void> {
  writer.child.stdin?.end()
  await once(writer.child, 'exit')
}

test('lines that did not fit stay in memory, byte-exact, and a repaired file gets each line completely', async () => {
  const writer = limitedWriter()
  const full = await writer.told()
  const there = readFileSync(path)
  expect(full).toEqual({
    n: expect.any(Number),
    failure: {
      code: 'EFBIG',
      message: `cannot append to \`${path}\`: the file would be larger than allowed (EFBIG)`,
    },
    pending: Buffer.byteLength(allLines(full.n)) - there.length,
    end: there.length,
    size: there.length,
  })
  expect(Buffer.from(allLines(full.n)).subarray(0, there.length)).toEqual(there)
  const more = await writer.say('append')
  expect([more.failure?.code, more.pending]).toEqual(['EFBIG', full.pending + Buffer.byteLength(line(full.n))])
  // Another process removes all torn and old lines.
  truncateSync(path, 0)
  expect(await writer.say('flush')).toMatchObject({ failure: null, pending: 0 })
  await end(writer)
  const torn = there.lastIndexOf(10) + 1
  expect(readFileSync(path)).toEqual(Buffer.from(allLines(more.n)).subarray(torn))
})

// Only Linux can raise a limit of another process.
const liftable = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0
const ways: readonly ('alone' | 'others')[] = liftable ? ['alone', 'others'] : []

test('when there is space again, the file is the appended text, or repeats the torn line after the text of others', async () => {
  for (const way of ways) {
    path = join(directory, `${way}.jsonl`)
    const writer = limitedWriter()
    const full = await writer.told()
    const there = readFileSync(path)
    expect(there.at(-1)).not.toBe(10)
    if (way === 'others') appendFileSync(path, '\nforeign\n')
    execFileSync('prlimit', ['--pid', String(writer.child.pid), '--fsize=unlimited'])
    const done = await writer.say('append')
    expect(done).toMatchObject({ failure: null, pending: 0 })
    await end(writer)
    const whole = Buffer.from(allLines(done.n))
    const torn = there.lastIndexOf(10) + 1
    const foreign = Buffer.concat([there, Buffer.from('\nforeign\n'), whole.subarray(torn)])
    expect(readFileSync(path)).toEqual(way === 'alone' ? whole : foreign)
    expect(full.n + 1).toBe(done.n)
  }
  expect(ways.length > 0 || process.platform !== 'linux').toBe(true)
})

/** Runs a shell script with a small full disk at `disk`; if mounting is not allowed, a file size limit replaces it. */
function onSmallDisk(disk: string, body: string): string {
  const mounted = `mount -t tmpfs -o size=64k none '${disk}' && ${body}`
  const result = spawnSync('unshare', ['-rm', 'sh', '-c', mounted], { encoding: 'utf8' })
  if (result.status === 0) return result.stdout
  return execFileSync('sh', ['-c', `ulimit -S -f 8; ${body}`], { encoding: 'utf8' })
}

test('a full disk is reported as such, and a document on it stays unchanged', () => {
  const disk = join(directory, 'disk')
  mkdirSync(disk)
  const journal = join(directory, 'journal', 'index.js')
  const program = join(directory, 'full.mjs')
  writeFileSync(
    program,
    `import { readdirSync, rmSync, readFileSync } from 'node:fs'
    import { openAppender, replaceDocument, readDocument } from ${JSON.stringify(journal)}
    const disk = process.argv[2]
    replaceDocument(disk + '/d.json', '{"old":1}')
    const appender = openAppender(disk + '/a.jsonl')
    let n = 0
    let failure = null
    while (failure === null) failure = appender.append(JSON.stringify({ n: n++, text: 'é'.repeat(999) }) + '\\n')
    let replaced
    try { replaceDocument(disk + '/d.json', 'x'.repeat(100000)) } catch (error) { replaced = error.code }
    const old = readDocument(disk + '/d.json').text
    const files = readdirSync(disk).sort()
    // This makes room: tmpfs frees the truncated part, and a limited file has room once it is short.
    const torn = readFileSync(disk + '/a.jsonl').length
    console.log(JSON.stringify({ code: failure.code, pending: appender.pendingBytes, size: torn, total: n, replaced, old, files }))`,
  )
  const told = JSON.parse(onSmallDisk(disk, `'${process.execPath}' '${program}' '${disk}'`))
  const total = Array.from(
    { length: told.total },
    (_, n) => Buffer.byteLength(JSON.stringify({ n, text: 'é'.repeat(999) })) + 1,
  )
  expect(told).toEqual({
    code: expect.stringMatching(/^(ENOSPC|EFBIG)$/),
    pending: total.reduce((sum, bytes) => sum + bytes, 0) - told.size,
    size: expect.any(Number),
    total: expect.any(Number),
    replaced: 'full',
    old: '{"old":1}',
    files: ['a.jsonl', 'd.json'],
  })
})
