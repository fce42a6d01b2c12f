import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { MAX_OUT_BYTES, openOutFile } from '../src/node/out-file.ts'

test('output that a training run prints while the file is being shortened remains in the file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-out-'))
  onTestFinished(() => removeDirectory(dir))
  const path = join(dir, 'hotcb.out')
  const long = 'x'
    .repeat(999)
    .concat('\n')
    .repeat(MAX_OUT_BYTES / 1000 + 1)
  writeFileSync(path, long)
  const out = openOutFile(dir, (to, text) => {
    writeFileSync(to, text)
    appendFileSync(path, 'RuntimeError: CUDA out of memory\n')
  })
  out.check()
  appendFileSync(path, 'the end\n')
  out.close()
  expect(readFileSync(path, 'utf8')).toBe(
    `[hotcb: ${long.length} bytes of output were removed here; the last part is in hotcb.out.1]\n` +
      'RuntimeError: CUDA out of memory\nthe end\n',
  )
  expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/^(x{999}\n)+$/)
})
