import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAppender, openHostWriter, openInside, openInsideAsync, replaceDocument } from '../src/index.ts'
import { placeByName } from '../src/open-inside.ts'

let root: string
let inside: string
let secret: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hotcb-inside-')))
  inside = join(root, 'served')
  secret = join(root, 'secret')
  mkdirSync(inside)
  writeFileSync(secret, 'secret\n')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function reading(within: readonly string[]): Parameters<typeof openInside>[1] {
  return { flags: constants.O_RDONLY, within, doing: 'cannot read it' }
}

/** The result of opening: `open`, or the message. Both ways of opening must agree. */
async function opening(path: string): Promise<string> {
  let sync = 'open'
  try {
    closeSync(openInside(path, reading([inside])))
  } catch (error) {
    sync = (error as Error).message
  }
  const one = await openInsideAsync(path, reading([inside])).catch((error: Error) => error.message)
  if (typeof one !== 'string') await one.close()
  expect(typeof one === 'string' ? one : 'open').toBe(sync)
  return sync
}

test('only regular files that lie inside are opened, whatever their names link to', async () => {
  writeFileSync(join(inside, 'file'), '')
  mkdirSync(join(inside, 'folder'))
  mkdirSync(join(root, 'elsewhere'))
  writeFileSync(join(root, 'elsewhere', 'file'), '')
  const links = { good: 'file', out: secret, none: join(inside, 'missing'), circle: 'circle', device: '/dev/null' }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(inside, name))
  symlinkSync(join(root, 'elsewhere'), join(inside, 'folder-out'))
  symlinkSync('folder-out', join(inside, 'folder-twice'))
  const found: Record<string, string> = {}
  const names = ['file', 'good', 'out', 'none', 'circle', 'device', 'folder', 'folder-out/file', 'folder-twice/file']
  for (const name of names) found[name] = await opening(join(inside, name))
  const out = 'cannot read it: it is a link out of the served directories'
  expect(found).toEqual({
    file: 'open',
    good: 'open',
    out,
    none: 'cannot read it: it is a broken link',
    circle: expect.stringContaining('ELOOP'),
    device: 'cannot read it: it is not a regular file',
    folder: 'cannot read it: it is a directory',
    'folder-out/file': out,
    'folder-twice/file': out,
  })
})

test('a name that begins like a directory is not in it', async () => {
  mkdirSync(`${inside}-too`)
  writeFileSync(join(`${inside}-too`, 'file'), '')
  expect(await opening(join(`${inside}-too`, 'file'))).toContain('link out')
  expect(await opening(join(inside, '..', 'secret'))).toContain('link out')
})

test('without a path of the descriptor from the system, the name is used, unless it now leads elsewhere', () => {
  const path = join(inside, 'file')
  writeFileSync(path, '')
  const fd = openSync(path, 'r')
  const stats = fstatSync(fd, { bigint: true })
  expect(placeByName(path, stats)).toBe(path)
  rmSync(path)
  expect(placeByName(path, stats)).toBe(undefined)
  symlinkSync(secret, path)
  expect(placeByName(path, stats)).toBe(undefined)
  symlinkSync('circle', join(inside, 'circle'))
  expect(() => placeByName(join(inside, 'circle'), stats)).toThrow('ELOOP')
  closeSync(fd)
})

test('a file that was replaced while it is open is still inside', () => {
  const path = join(inside, 'file')
  writeFileSync(path, 'old')
  writeFileSync(join(inside, 'new'), 'new')
  const fd = openInside(path, reading([inside]))
  renameSync(join(inside, 'new'), path)
  expect(readFileSync(fd, 'utf8')).toBe('old')
  closeSync(fd)
})

test('nothing is appended outside, whether through a link, a broken link or a linked folder', () => {
  const within = [inside]
  symlinkSync(secret, join(inside, 'out'))
  symlinkSync(join(root, 'made'), join(inside, 'none'))
  symlinkSync(root, join(inside, 'folder'))
  expect(() => openAppender(join(inside, 'out'), { within })).toThrow('is a link out of')
  expect(() => openAppender(join(inside, 'none'), { within })).toThrow('it is a broken link')
  expect(() => openAppender(join(inside, 'folder', 'made'), { within })).toThrow('is a link out of')
  symlinkSync(root, join(inside, 'hotcb.commands.d'))
  expect(() => openHostWriter(inside, { within })).toThrow('is a link out of')
  expect(readFileSync(secret, 'utf8')).toBe('secret\n')
  expect(existsSync(join(root, 'made'))).toBe(false)
  const appender = openAppender(join(inside, 'fresh'), { within })
  expect(appender.append('a\n')).toBe(null)
  appender.close()
  expect(readFileSync(join(inside, 'fresh'), 'utf8')).toBe('a\n')
})

test('an appender whose file is replaced by a link to the outside does not follow it', () => {
  const path = join(inside, 'file')
  const appender = openAppender(path, { within: [inside] })
  appender.append('a\n')
  rmSync(path)
  symlinkSync(secret, path)
  expect(appender.append('b\n')?.message).toContain('is a link out of')
  appender.close()
  expect(readFileSync(secret, 'utf8')).toBe('secret\n')
})

test('no document is replaced outside, and a broken link is replaced by the document itself', () => {
  const within = [inside]
  symlinkSync(secret, join(inside, 'out'))
  symlinkSync(join(root, 'made'), join(inside, 'none'))
  symlinkSync(root, join(inside, 'folder'))
  expect(() => replaceDocument(join(inside, 'out'), 'x', { within })).toThrow('is a link out of')
  expect(() => replaceDocument(join(inside, 'folder', 'made'), 'x', { within })).toThrow('is a link out of')
  replaceDocument(join(inside, 'none'), 'x', { within })
  expect(readFileSync(join(inside, 'none'), 'utf8')).toBe('x')
  expect([readFileSync(secret, 'utf8'), existsSync(join(root, 'made'))]).toEqual(['secret\n', false])
})
