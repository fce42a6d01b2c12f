import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { renamePatiently } from '../src/document.ts'
import { readDocument, readStampedDocument, readStampedDocumentAsync, replaceDocument } from '../src/index.ts'
import { readBounded } from '../src/read-bounded.ts'
import { calls, callsOf, failing, replace, restore, systemError } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})
vi.mock('node:fs/promises', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-document-failures-'))
  path = join(directory, 'd.json')
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

describe('a document whose replacement fails', () => {
  test.each([
    ['writeFileSync', 'ENOSPC', 'full', 'no space left on the device'],
    ['fsyncSync', 'EIO', 'io', 'the device reports an input/output error'],
    ['renameSync', 'EROFS', 'read-only', 'the file system is read-only'],
  ])('in `%s` stays unchanged, with no other file next to it', (name, errno, code, reason) => {
    writeFileSync(path, 'old')
    failing(name, errno)
    const message = `cannot write \`${path}\`: ${reason} (${errno})`
    expect(() => replaceDocument(path, 'new', { sync: true })).toThrow(
      expect.objectContaining({ name: 'JournalError', code, errno, path, message }),
    )
    restore()
    expect([readFileSync(path, 'utf8'), readdirSync(directory)]).toEqual(['old', ['d.json']])
  })

  test('reports the first error, even if the temporary file cannot be removed either', () => {
    failing('renameSync', 'EROFS')
    failing('unlinkSync', 'EIO')
    expect(() => replaceDocument(path, 'new')).toThrow('the file system is read-only (EROFS)')
  })

  test('because of a link that cannot be followed has a message about the link', () => {
    symlinkSync('d.json', path)
    expect(() => replaceDocument(path, 'new')).toThrow(
      `cannot write \`${path}\`: its symbolic links form a loop (ELOOP)`,
    )
  })
})

describe('the order of system calls', () => {
  const stages = ['writeFileSync', 'fsyncSync', 'renameSync', 'unlinkSync']
  const order = (sync?: boolean, platform: NodeJS.Platform = process.platform) => {
    const real = Object.getOwnPropertyDescriptor(process, 'platform') ?? {}
    Object.defineProperty(process, 'platform', { ...real, value: platform })
    try {
      calls.length = 0
      replaceDocument(path, '{}', sync === undefined ? {} : { sync })
      return calls.filter((call) => stages.includes(call))
    } finally {
      Object.defineProperty(process, 'platform', real)
    }
  }

  test('with `sync` the text is on disk before the rename, and the directory after it', () => {
    expect(order(true)).toEqual(['writeFileSync', 'fsyncSync', 'renameSync', 'fsyncSync'])
  })

  test('without `sync`, which is the default, nothing waits for the disk', () => {
    expect([order(), order(false)]).toEqual(Array(2).fill(['writeFileSync', 'renameSync']))
  })

  test('on Windows, which cannot open a directory, only the text is synced', () => {
    expect(order(true, 'win32')).toEqual(['writeFileSync', 'fsyncSync', 'renameSync'])
  })

  test('each temporary file and directory is closed', () => {
    for (const fault of ['none', 'writeFileSync', 'fsyncSync', 'renameSync']) {
      restore()
      if (fault !== 'none') failing(fault, 'EIO')
      try {
        replaceDocument(path, '{}', { sync: true })
      } catch {
        // Not the subject of this test.
      }
      expect([fault, callsOf('closeSync')]).toEqual([fault, callsOf('openSync')])
    }
  })
})

describe('mode and owner', () => {
  test('of a new document are the requested mode without the bits of the umask', () => {
    // The umask is only read, because threads cannot set it, and StrykerJS runs tests in threads.
    const umask = process.umask()
    replaceDocument(path, '{}')
    replaceDocument(join(directory, 'own'), '{}', { mode: 0o600 })
    const modes = [path, join(directory, 'own')].map((file) => statSync(file).mode & 0o7777)
    expect(modes).toEqual([0o666 & ~umask, 0o600 & ~umask])
  })

  test('of an old document are kept, whatever mode is requested', () => {
    writeFileSync(path, 'old')
    chmodSync(path, 0o2751)
    replaceDocument(path, 'new', { mode: 0o600 })
    expect(statSync(path).mode & 0o7777).toBe(0o2751)
  })

  test.runIf(process.getuid?.() === 0).each([
    [1234, 0],
    [0, 1234],
    [1234, 4321],
  ])('of another user (%i, %i) are kept by root', (uid, gid) => {
    writeFileSync(path, 'old')
    chownSync(path, uid, gid)
    replaceDocument(path, 'new')
    expect(statSync(path)).toMatchObject({ uid, gid })
  })
})

test('nothing is created outside, not even temporarily', () => {
  const inside = join(directory, 'inside')
  const outside = join(directory, 'outside')
  for (const folder of [inside, outside]) mkdirSync(folder)
  symlinkSync(outside, join(inside, 'link'))
  calls.length = 0
  expect(() => replaceDocument(join(inside, 'link', 'd'), 'x', { within: [realpathSync(inside)] })).toThrow(
    'link out of',
  )
  expect(callsOf('openSync')).toBe(0)
})

test.each(['EPERM', 'EBUSY', 'EACCES'])('a rename on Windows that fails with %s is retried', (errno) => {
  const waits: number[] = []
  let left = 1
  const rename = (): void => {
    if (left-- > 0) throw systemError(errno)
  }
  renamePatiently('a', 'b', { platform: 'win32', rename, wait: (ms) => waits.push(ms) })
  expect(waits).toEqual([2])
})

describe('a size limit', () => {
  test('lets a document of exactly that size pass', async () => {
    writeFileSync(path, '12345')
    expect(readStampedDocument(path, { maxBytes: 5 })?.text).toBe('12345')
    expect(await readStampedDocumentAsync(path, { maxBytes: 5 })).toMatchObject({ text: '12345' })
    expect(readBounded(path, 5)).toBe('12345')
    const refusal = { code: 'too-large', path, message: `cannot read \`${path}\`: it is larger than 4 bytes` }
    expect(() => readStampedDocument(path, { maxBytes: 4 })).toThrow(expect.objectContaining(refusal))
  })

  test('is 64 MiB for `readDocument`, and 16 MiB for the function that does not block', async () => {
    writeFileSync(path, '')
    truncateSync(path, 64 * 1024 ** 2)
    expect(readDocument(path)?.text).toHaveLength(64 * 1024 ** 2)
    truncateSync(path, 16 * 1024 ** 2 + 1)
    await expect(readStampedDocumentAsync(path)).rejects.toMatchObject({ code: 'too-large' })
    expect(readStampedDocument(path)?.text).toHaveLength(16 * 1024 ** 2 + 1)
    truncateSync(path, 16 * 1024 ** 2)
    expect(await readStampedDocumentAsync(path)).toMatchObject({ text: '\0'.repeat(16 * 1024 ** 2) })
  })

  test('also applies to a device, which has no size', () => {
    const message = 'cannot read `/dev/zero`: it is larger than the limit of 1 MiB'
    expect(() => readBounded('/dev/zero', 1024 ** 2)).toThrow(expect.objectContaining({ code: 'too-large', message }))
    expect(readBounded('/dev/null', 0)).toBe('')
  })
})

describe('a stamp', () => {
  test('that is known saves opening the document; through a link it is opened, but not read', async () => {
    writeFileSync(path, '{}')
    symlinkSync('d.json', join(directory, 'link'))
    const known = readStampedDocument(path)?.stamp ?? ''
    calls.length = 0
    expect([await readStampedDocumentAsync(path, { known }), calls]).toEqual(['same', ['lstat']])
    expect(await readStampedDocumentAsync(join(directory, 'link'), { known })).toBe('same')
    expect(await readStampedDocumentAsync(join(directory, 'link'), { known: `${known}0` })).toMatchObject({
      text: '{}',
    })
  })

  test.each(['lstat', 'open'])('of a document that cannot be read is a failure, in `%s`', async (name) => {
    writeFileSync(path, '{}')
    failing(name, 'EACCES')
    const message = `cannot read \`${path}\`: permission denied (EACCES)`
    await expect(readStampedDocumentAsync(path)).rejects.toMatchObject({ code: 'denied', path, message })
  })

  test('of a document is null if it disappears between the check of its name and the opening', async () => {
    writeFileSync(path, '{}')
    replace('lstat', (real) => async (...given) => {
      const stats = await real(...given)
      rmSync(path)
      return stats
    })
    expect(await readStampedDocumentAsync(path)).toBeNull()
  })

  test('is not computed for a document whose reading fails, and its file is closed', () => {
    writeFileSync(path, '{}')
    failing('readFileSync', 'EIO')
    calls.length = 0
    const message = `cannot read \`${path}\`: the device reports an input/output error (EIO)`
    expect(() => readStampedDocument(path)).toThrow(expect.objectContaining({ code: 'io', message }))
    expect(() => readDocument(path)).toThrow(expect.objectContaining({ code: 'io', message }))
    expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([2, 2])
  })
})
