import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { renderAnswers } from '../src/answers/page.ts'
import { ANSWERED } from '../src/answers/table.ts'
import { commandNames } from '../src/commands/look/schema.ts'
import { TERMINAL_COMMANDS } from '../src/parse/terminal-commands.ts'

test('docs/json-answers.md is generated from the answers', async () => {
  const page = fileURLToPath(new URL('../../../docs/json-answers.md', import.meta.url))
  await expect(renderAnswers(commandNames())).toMatchFileSnapshot(page)
})

test('each terminal command has its own answer, and no answer is left over', () => {
  expect([...ANSWERED].sort()).toEqual([...Object.keys(TERMINAL_COMMANDS), 'freeze', 'unfreeze'].sort())
})
