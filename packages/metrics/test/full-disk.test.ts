import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { readEvents } from './event-reader.ts'

test('an event file on a full disk ends with a complete record, and continues when there is space', () => {
  const found = limited<{ failed: number; kept: string; path: string }>('events')
  const steps = (bytes: Buffer) => readEvents(bytes).map(({ step }) => Number(step))
  const upTo = (last: number) => Array.from({ length: last + 1 }, (_, step) => step)
  expect(found.failed).toBeGreaterThan(10)
  expect(steps(Buffer.from(found.kept, 'base64')).slice(1)).toEqual(upTo(found.failed - 1))
  expect(steps(readFileSync(found.path)).slice(1)).toEqual(upTo(found.failed + 1))
})

test('a table is unchanged if the disk is too full to add a column', () => {
  const { path, ...found } = limited<{ code: string; isSame: boolean; path: string }>('table')
  expect(found).toEqual({ code: 'EFBIG', isSame: true })
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect([lines[0], lines[1], lines.at(-1), lines.length]).toEqual(['step,a,b', '0,0,', '450,,450', 452])
})

/** Runs `programs/full-disk.ts` with a real system limit: 4 kB for any file that it writes. */
function limited<Found>(what: string): Found {
  const directory = temporaryDirectory()
  const program = join(temporaryDirectory(), 'full-disk.mjs')
  buildSync({
    entryPoints: [fileURLToPath(new URL('programs/full-disk.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
    logLevel: 'silent',
  })
  const args = ['-c', 'ulimit -S -f 8; exec "$@"', 'sh', process.execPath, program, what, directory]
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}
