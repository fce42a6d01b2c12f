import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { ANSWERED } from '../src/answers/table.ts'
import { TERMINAL_COMMANDS } from '../src/parse/terminal-commands.ts'

test('docs/json-answers.md is generated from the answers', async () => {
  // Answers are evaluated in this test, so that a mutation run uses it to check their texts.
  vi.resetModules()
  const { renderAnswers } = await import('../src/answers/page.ts')
  const { commandNames } = await import('../src/commands/look/schema.ts')
  const page = fileURLToPath(new URL('../../../docs/json-answers.md', import.meta.url))
  await expect(renderAnswers(commandNames())).toMatchFileSnapshot(page)
})

test('each terminal command has its own answer, and no answer is left over', () => {
  expect([...ANSWERED].sort()).toEqual([...Object.keys(TERMINAL_COMMANDS), 'freeze', 'unfreeze'].sort())
})
