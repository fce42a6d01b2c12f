import { expect, test } from 'vitest'
import { matchItems, type PaletteItem } from '../../src/web/palette/palette-items.ts'

function item(title: string, hint: string): PaletteItem {
  return { title, hint, run: () => undefined }
}

test('the palette finds items with every word, and those that begin with the text come first', () => {
  const items = [item('Compare selected runs', 'page'), item('Runs', 'page'), item('Ledger', 'tab')]
  expect(matchItems(items, 'runs').map(({ title }) => title)).toEqual(['Runs', 'Compare selected runs'])
  expect(matchItems(items, 'led tab').map(({ title }) => title)).toEqual(['Ledger'])
  expect(matchItems(items, '')).toHaveLength(3)
  expect(matchItems(items, 'nothing')).toEqual([])
})
