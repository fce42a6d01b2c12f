import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listMedia, readMedia } from '../../src/server/media-files.ts'
import { temporaryRoot } from '../fixture.ts'

/** A run with these files below `media`. */
function runWith(...files: readonly string[]): string {
  const dir = temporaryRoot()
  for (const file of files) {
    mkdirSync(join(dir, 'media', file, '..'), { recursive: true })
    writeFileSync(join(dir, 'media', file), `content of ${file}`)
  }
  return dir
}

async function refusal(dir: string, name: string, file: string): Promise<unknown> {
  try {
    return (await readMedia(dir, [dir], { name, file })).type
  } catch (error) {
    const { status, code, message } = error as { status: number; code: string; message: string }
    return [status, code, message]
  }
}

test('images and text are listed by name and step, and other files are not', async () => {
  const dir = runWith(
    'b/10.png',
    'b/9.jpg',
    'b/0.jpeg',
    'a/1.webp',
    'a/2.gif',
    'a/3.svg',
    'a/4.txt',
    'a/05.png',
    'a/x5.png',
    'a/5.pngx',
    'a/5.html',
    'a/.png',
    `a/${'9'.repeat(16)}.png`,
    '.hidden/1.png',
    'with space/1.png',
    `${'n'.repeat(101)}/1.png`,
    `${'n'.repeat(100)}/1.png`,
    'none/readme.md',
    '1.png',
  )
  const image = (step: number, end: string) => ({ step, file: `${step}.${end}`, kind: 'image' })
  expect(await listMedia(dir, [dir])).toEqual({
    media: [
      {
        name: 'a',
        files: [image(1, 'webp'), image(2, 'gif'), image(3, 'svg'), { step: 4, file: '4.txt', kind: 'text' }],
      },
      { name: 'b', files: [image(0, 'jpeg'), image(9, 'jpg'), image(10, 'png')] },
      { name: 'n'.repeat(100), files: [image(1, 'png')] },
    ],
    problems: [],
  })
  const empty = temporaryRoot()
  expect(await listMedia(empty, [empty])).toEqual({ media: [], problems: [] })
  writeFileSync(join(empty, 'media'), '')
  expect(await listMedia(empty, [empty])).toEqual({ media: [], problems: [] })
})

test('a folder that is a link out of the served directories is a problem', async () => {
  const dir = runWith('a/1.png')
  const outside = temporaryRoot()
  symlinkSync(outside, join(dir, 'media', 'out'))
  const { media, problems } = await listMedia(dir, [dir])
  expect(media.map(({ name }) => name)).toEqual(['a'])
  expect(problems).toEqual([expect.stringContaining(`cannot read \`${join(dir, 'media', 'out')}\``)])
})

test('at most 200 folders are listed', async () => {
  const names = Array.from({ length: 201 }, (_, i) => `f${String(i).padStart(3, '0')}`)
  const dir = runWith(...names.slice(0, 200).map((name) => `${name}/1.txt`))
  expect(await listMedia(dir, [dir])).toMatchObject({ media: { length: 200 }, problems: [] })
  mkdirSync(join(dir, 'media', 'f200'))
  const { media, problems } = await listMedia(dir, [dir])
  expect(media.map(({ name }) => name)).toEqual(names.slice(0, 200))
  expect(problems).toEqual(['`media` has more than 200 folders: the others are not shown'])
})

test('a file is read with its type', async () => {
  const types = {
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    webp: 'image/webp',
    gif: 'image/gif',
    svg: 'image/svg+xml',
    txt: 'text/plain; charset=utf-8',
  }
  const dir = runWith(...Object.keys(types).map((end) => `a/1.${end}`))
  for (const [end, type] of Object.entries(types)) {
    const read = await readMedia(dir, [dir], { name: 'a', file: `1.${end}` })
    expect([Buffer.from(read.bytes).toString(), read.type]).toEqual([`content of a/1.${end}`, type])
  }
})

test('a file that does not exist, has another kind of name or is too large is refused', async () => {
  const dir = runWith('a/1.txt', 'a/2.png', 'a/readme.md', '.b/1.txt')
  const unlike = [404, 'not_found', 'a `media` file with this name does not exist']
  for (const [name, file] of [
    ['..', '1.txt'],
    ['.b', '1.txt'],
    ['a', '../1.txt'],
    ['a', 'readme.md'],
    ['a', '1.html'],
    ['a/..', '1.txt'],
  ] as const)
    expect([name, file, await refusal(dir, name, file)]).toEqual([name, file, unlike])
  expect(await refusal(dir, 'a', '7.txt')).toEqual([404, 'not_found', '`media/a/7.txt` does not exist'])
  const text = join(dir, 'media', 'a', '1.txt')
  truncateSync(text, 1024 * 1024)
  expect(await refusal(dir, 'a', '1.txt')).toBe('text/plain; charset=utf-8')
  truncateSync(text, 1024 * 1024 + 1)
  expect(await refusal(dir, 'a', '1.txt')).toEqual([
    413,
    'too_large',
    '`media/a/1.txt` is 1048577 bytes long; the limit is 1048576',
  ])
  truncateSync(join(dir, 'media', 'a', '2.png'), 16 * 1024 * 1024 + 1)
  expect(await refusal(dir, 'a', '2.png')).toEqual([
    413,
    'too_large',
    '`media/a/2.png` is 16777217 bytes long; the limit is 16777216',
  ])
})
