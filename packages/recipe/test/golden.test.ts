import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseJson, readLedgerLine } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { exportRecipe, formatRecipe, readReplay } from '../src/index.ts'

const folders = [
  { folder: 'ours', recipe: 'exported.jsonl', overlay: 'hotcb.adjust.yaml' },
  { folder: 'hotcb2', recipe: 'hotcb.recipe.jsonl', overlay: 'hotcb.adjust.json' },
]

for (const { folder, recipe, overlay } of folders) {
  test(`the export of the golden ledger of ${folder} is unchanged`, async () => {
    const lines = textOf(folder, 'hotcb.applied.jsonl')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => {
        const parsed = parseJson(text)
        const line = parsed.ok ? readLedgerLine(parsed.value) : parsed
        if (!line.ok) throw new Error(line.reason)
        return line.value
      })
    const exported = exportRecipe(lines)
    if (!exported.ok) throw new Error(exported.reason)
    await expect(formatRecipe(exported.value.entries)).toMatchFileSnapshot(pathOf(folder, 'exported.jsonl'))
  })

  test(`the replay of the golden recipe of ${folder} is unchanged`, async () => {
    const plan = readReplay({
      recipe: { file: recipe, text: textOf(folder, recipe) },
      overlay: { file: overlay, text: textOf(folder, overlay) },
      parseYaml,
      stepOffset: 5,
    })
    if (!plan.ok) throw new Error(plan.reason)
    const notes = plan.value.notes.map((note) => `# ${note}\n`).join('')
    await expect(notes + formatRecipe(plan.value.entries)).toMatchFileSnapshot(pathOf(folder, 'effective.jsonl'))
  })
}

function pathOf(folder: string, name: string): string {
  return fileURLToPath(new URL(`./fixtures/golden/${folder}/${name}`, import.meta.url))
}

function textOf(folder: string, name: string): string {
  return readFileSync(pathOf(folder, name), 'utf8')
}
