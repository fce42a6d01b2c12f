// `node --conditions=@hotcb/source --import ./scripts/typescript-loader.mjs packages/expr/scripts/record-answers.ts`: writes
// the results of CPython for a few hundred texts to a fixture, so that a machine without Python can compare with them too.
import { writeFileSync } from 'node:fs'
import { askPython } from '../test/ask-python.ts'
import { drawExpression, drawFrom } from '../test/expressions.ts'

const draw = drawFrom(2026)
const texts = Array.from({ length: 600 }, () => drawExpression(draw))
const answers = askPython(process.env['HOTCB_PYTHON'] ?? 'python3', texts)
const lines = texts.map((text, i) => JSON.stringify({ text, ...answers[i] }))
writeFileSync(new URL('../test/fixtures/python-answers.jsonl', import.meta.url), `${lines.join('\n')}\n`)
