import { parseYaml } from '@hotcb/protocol/yaml'
import { describe, expect, test } from 'vitest'
import { formatProblem, planReplay, readOverlayText, readRecipe, validateRecipe } from '../src/index.ts'
import {
  GOOD,
  MALFORMED_LINES,
  MALFORMED_OVERLAYS,
  MISFIT_OVERLAYS,
  MISFIT_RECIPE,
  SENSELESS_LINES,
} from './malformed-cases.ts'

describe('a malformed recipe is refused in one line with file, line, field, value, and what would be valid', () => {
  // The messages of JavaScript engines about bad JSON differ, so only their beginning is checked.
  for (const [line, reason] of MALFORMED_LINES) {
    test(line, () => {
      const read = readRecipe(`${GOOD}\n\r\n${line}\n${GOOD}\n`, { file: 'r.jsonl' })
      const expected = typeof reason === 'string' ? reason : expect.stringMatching(reason)
      expect(read).toEqual({ ok: false, reason: expected })
    })
  }
})

describe('validation finds an entry that is invalid in any run', () => {
  for (const [line, problem] of SENSELESS_LINES) {
    test(line, () => {
      const { entries, problems } = validateRecipe(`\n${line}\n`, { file: 'r.jsonl' })
      expect([entries, problems.map(formatProblem)]).toEqual([1, [problem]])
    })
  }
})

describe('a malformed overlay is refused in one line', () => {
  for (const [file, text, reason] of MALFORMED_OVERLAYS) {
    test(`${file}: ${JSON.stringify(text)}`, () => {
      const expected = typeof reason === 'string' ? reason : expect.stringMatching(reason)
      expect(readOverlayText(text, { file, parseYaml })).toEqual({ ok: false, reason: expected })
    })
  }
})

describe('an overlay that does not match its recipe is refused in one line, and nothing is replayed', () => {
  for (const [text, reason] of MISFIT_OVERLAYS) {
    test(JSON.stringify(text), () => {
      const read = readRecipe(MISFIT_RECIPE, { file: 'r.jsonl' })
      const overlay = readOverlayText(text, { file: 'a.yaml', parseYaml })
      if (!read.ok || !overlay.ok) throw new Error('both can be read')
      const options = { overlay: overlay.value, overlayFile: 'a.yaml', overlayText: text }
      expect(planReplay(read.value, options)).toEqual({ ok: false, reason })
    })
  }
})
