import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { quantilesOf, quantilesOfLayers } from '../src/server/feature-quantiles.ts'
import type { FeatureQuantilesAnswer, MediaAnswer } from '../src/shared/media.ts'
import type { RunDetail } from '../src/shared/wire.ts'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

function runWithMedia(): { readonly root: string; readonly dir: string } {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: 20 })
  for (const name of ['samples', 'notes', '.hidden']) mkdirSync(join(dir, 'media', name), { recursive: true })
  writeFileSync(join(dir, 'media/samples/20.png'), PIXEL)
  writeFileSync(join(dir, 'media/samples/3.svg'), '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
  writeFileSync(join(dir, 'media/notes/7.txt'), 'step 7: <b>ü</b>')
  for (const name of ['x.png', '007.png', '-1.png', '9.html', '9.js', '1e3.png', '.5.png'])
    writeFileSync(join(dir, 'media/samples', name), 'x')
  return { root, dir }
}

/** The status and headers for a path exactly as given; `fetch` would normalise it. */
function raw(url: string, path: string): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((done, fail) => {
    const asked = request({ hostname, port, path }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() })
      })
    })
    asked.on('error', fail)
    asked.end()
  })
}

test('images and text are listed by name and step, and other files are not', async () => {
  const { root } = runWithMedia()
  generateRun(join(root, 'plain'), { lines: 5 })
  const site = await dashboard({ roots: [root] })
  expect((await ask(site, 'api/runs/run/media')).body).toEqual({
    media: [
      { name: 'notes', files: [{ step: 7, file: '7.txt', kind: 'text' }] },
      {
        name: 'samples',
        files: [
          { step: 3, file: '3.svg', kind: 'image' },
          { step: 20, file: '20.png', kind: 'image' },
        ],
      },
    ],
    problems: [],
  } satisfies MediaAnswer)
  const has = async (run: string): Promise<boolean> =>
    ((await ask(site, `api/runs/${run}`)).body as RunDetail).has_media
  expect([await has('run'), await has('plain')]).toEqual([true, false])
})

test('a file is sent with its own type, and as a document it can run no script and load nothing', async () => {
  const { root } = runWithMedia()
  const site = await dashboard({ roots: [root] })
  const types = {
    'samples/20.png': 'image/png',
    'samples/3.svg': 'image/svg+xml',
    'notes/7.txt': 'text/plain; charset=utf-8',
  }
  for (const [file, type] of Object.entries(types)) {
    const { status, headers } = await raw(site.url, `/api/runs/run/media/${file}`)
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, type, 'nosniff'])
    expect(headers['content-security-policy']).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox")
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  }
  expect((await raw(site.url, '/api/runs/run/media/notes/7.txt')).body).toBe('step 7: <b>ü</b>')
})

test('no path leads out of the folder', async () => {
  const { root, dir } = runWithMedia()
  writeFileSync(join(root, '1.txt'), 'secret')
  writeFileSync(join(dir, 'media/1.txt'), 'secret')
  const site = await dashboard({ roots: [root] })
  for (const path of [
    '..%2f..%2f1.txt',
    '../1.txt',
    '%2e%2e/1.txt',
    '..%2f1.txt/1.txt',
    'samples/..%2f1.txt',
    'samples/%2e%2e%2f1.txt',
    'samples/..%5c1.txt',
    'samples/20.png%00.txt',
    'samples/007.png',
    'samples/9.html',
    '.hidden/1.txt',
    './1.txt',
    'samples/',
  ]) {
    const { status, body } = await raw(site.url, `/api/runs/run/media/${path}`)
    expect([path, status, body.includes('secret')]).toEqual([path, 404, false])
  }
})

test('links lead no further than the directories that the server shows, and only files are sent', async () => {
  const { root, dir } = runWithMedia()
  const outside = temporaryRoot()
  writeFileSync(join(outside, '1.txt'), 'secret')
  symlinkSync(join(outside, '1.txt'), join(dir, 'media/notes/1.txt'))
  symlinkSync(outside, join(dir, 'media/linked'))
  mkdirSync(join(dir, 'media/notes/2.txt'))
  const site = await dashboard({ roots: [root] })
  expect((await raw(site.url, '/api/runs/run/media/notes/1.txt')).status).toBe(403)
  expect((await raw(site.url, '/api/runs/run/media/linked/1.txt')).status).toBe(403)
  const folder = await raw(site.url, '/api/runs/run/media/notes/2.txt')
  expect(folder.status).toBeGreaterThanOrEqual(400)
  const { media, problems } = (await ask(site, 'api/runs/run/media')).body as MediaAnswer
  expect(media.map(({ name }) => name)).toEqual(['notes', 'samples'])
  expect(problems).toEqual([expect.stringContaining('linked')])
})

test('a file that is too large is refused with its size', async () => {
  const { root, dir } = runWithMedia()
  truncateSync(join(dir, 'media/notes/7.txt'), 1024 * 1024 + 1)
  const site = await dashboard({ roots: [root] })
  const { status, body } = await raw(site.url, '/api/runs/run/media/notes/7.txt')
  expect([status, body]).toEqual([413, expect.stringContaining('`media/notes/7.txt` is 1048577 bytes long')])
})

test('the quantiles of a layer are computed from all finite values of a step', async () => {
  expect(quantilesOf([3, 1, 2, 5, 4])).toEqual([1, 1.2, 2, 3, 4, 4.8, 5])
  expect(quantilesOf([])).toBe(null)
  const { root, dir } = runWithMedia()
  const lines = [
    { step: 10, layer_name: 'conv1', activations: [[1, null, 3]] },
    { step: 5, layer_name: 'conv1', activations: [[0], [4]] },
    { step: 10, layer_name: 'conv2', activations: [[null]] },
  ]
  writeFileSync(join(dir, 'hotcb.features.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const site = await dashboard({ roots: [root] })
  const { layers, complete } = (await ask(site, 'api/runs/run/features/quantiles')).body as FeatureQuantilesAnswer
  expect(complete).toBe(true)
  expect(layers.map(({ layer, steps }) => [layer, steps])).toEqual([
    ['conv1', [5, 10]],
    ['conv2', [10]],
  ])
  expect(layers[0]?.quantiles.map((row) => [row?.[0], row?.[3], row?.[6]])).toEqual([
    [0, 2, 4],
    [1, 2, 3],
  ])
  expect(layers[1]?.quantiles).toEqual([null])
})

test('if there are many steps, every n-th and the last one is a row', () => {
  const records = Array.from({ length: 1000 }, (_, step) => ({ step, layer_name: 'a', activations: [[step]] }))
  const [layer] = quantilesOfLayers(records)
  expect([layer?.steps.length, layer?.steps[1], layer?.steps.at(-1)]).toEqual([334, 3, 999])
  const odd = quantilesOfLayers(records.slice(0, 999))[0]
  expect(odd?.steps.at(-1)).toBe(998)
})
