import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

test('docs/cli.md is generated from the commands', async () => {
  // Commands are evaluated in this test, so that a mutation run uses it to check their texts.
  vi.resetModules()
  const { renderManual } = await import('../src/print/manual.ts')
  const page = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url))
  await expect(await renderManual()).toMatchFileSnapshot(page)
})
