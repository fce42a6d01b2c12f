import { expect, test } from 'vitest'
import { renderPng } from '../src/node.ts'

test('a PNG contains text in the font of this package', async () => {
  const svg = (text: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" font-family="sans-serif" font-size="20"><text x="5" y="25">${text}</text></svg>`
  const [empty, words] = [await renderPng(svg('')), await renderPng(svg('val_loss, lr'))]
  if (!empty.ok || !words.ok) throw new Error('no picture')
  expect([...words.png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
  expect(words.png.length).toBeGreaterThan(empty.png.length + 500)
})

test('an SVG that cannot be read produces a one-line reason', async () => {
  expect(await renderPng('<svg')).toMatchObject({
    ok: false,
    why: expect.stringMatching(/^the PNG could not be drawn: .+$/),
  })
})
