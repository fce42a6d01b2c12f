import { fileURLToPath } from 'node:url'
import { type CommandEntry, isGroup } from '@hotcb/commands'
import { expect, test, vi } from 'vitest'

test('the table of arguments has the definition of each argument of each command, without its description', async () => {
  // Commands are evaluated in this test, so that a mutation run uses it to check their definitions.
  vi.resetModules()
  const { BUILT_IN_WORDS, rootOf } = await import('../src/parse/command-words.ts')
  const { loadCommand } = await import('../src/parse/load-command.ts')
  const lines: string[] = []
  const add = async (above: readonly string[], entry: CommandEntry): Promise<void> => {
    const path = [...above, entry.name]
    if (isGroup(entry)) {
      for (const one of entry.entries) await add(path, one)
      return
    }
    const { args } = await loadCommand(path, entry)
    for (const [name, { description: _, ...definition }] of Object.entries(args))
      lines.push(`${path.join(' ')} ${name} ${JSON.stringify(definition)}`)
  }
  for (const entry of rootOf(BUILT_IN_WORDS)) await add([], entry)
  expect(lines.length).toBeGreaterThan(300)
  const table = fileURLToPath(new URL('fixtures/arguments.txt', import.meta.url))
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(table)
})
