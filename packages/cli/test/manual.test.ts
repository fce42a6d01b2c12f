import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { renderManual } from '../src/print/manual.ts'

test('docs/cli.md is generated from the commands', async () => {
  const page = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url))
  await expect(await renderManual()).toMatchFileSnapshot(page)
})
