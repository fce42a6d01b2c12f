import { expect, test } from 'vitest'
import { visibleText } from '../src/shared/visible-text.ts'

test('characters that are invisible or change the text direction are escaped, and all others are kept', () => {
  expect(visibleText('val\u202Essol_niart\u202C')).toBe('val\\u202Essol_niart\\u202C')
  expect(visibleText('a\u200Bb\u2066c\u2069\u00AD\uFEFF\u0007')).toBe('a\\u200Bb\\u2066c\\u2069\\u00AD\\uFEFF\\u0007')
  const plain = 'train/loss η → 0.1\tשלום مرحبا 👩‍🔬 é\nnext'
  expect(visibleText(plain)).toBe(plain)
})
