// `node packages/hyperopt-ts/scripts/api-reference.mjs` writes docs/hyperopt/api.md from the declarations and their
// comments. A test compares the page with the output of this script.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url))
const PAGE = fileURLToPath(new URL('../../../docs/hyperopt/api.md', import.meta.url))
const ENTRIES = [
  ['hyperopt-ts', 'index.ts'],
  ['hyperopt-ts/analysis', 'analysis.ts'],
  ['hyperopt-ts/sampler', 'sampler.ts'],
  ['hyperopt-ts/node', 'node.ts'],
  ['hyperopt-ts/plot', 'plot.ts'],
  ['hyperopt-ts/optuna', 'optuna.ts'],
  ['hyperopt-ts/testing', 'testing.ts'],
]

/** The text of the page. */
export function apiReference() {
  const parts = [
    '# hyperopt-ts: API reference',
    '',
    'Generated from the code by packages/hyperopt-ts/scripts/api-reference.mjs.',
  ]
  for (const [name, entry] of ENTRIES) {
    const exported = exportsOf(join(SOURCES, entry))
    const values = exported.filter(({ isType }) => !isType)
    const types = exported.filter(({ isType }) => isType)
    parts.push('', `## \`${name}\``)
    for (const [title, list] of [
      ['Functions and classes', values],
      ['Types', types],
    ]) {
      if (list.length === 0) continue
      parts.push('', `### ${title}`)
      for (const { name: of, file } of list.sort((a, b) => (a.name < b.name ? -1 : 1)))
        parts.push('', ...entryOf(of, file))
    }
  }
  return `${parts.join('\n')}\n`
}

function exportsOf(path) {
  const source = parse(path, readFileSync(path, 'utf8'))
  return source.statements.filter(ts.isExportDeclaration).flatMap((statement) =>
    statement.exportClause.elements.map((element) => ({
      name: element.name.text,
      isType: statement.isTypeOnly || element.isTypeOnly,
      file: join(dirname(path), statement.moduleSpecifier.text),
    })),
  )
}

function entryOf(name, file) {
  const { source, outputText } = declarationsOf(file)
  const statement = source.statements.find((one) => namesOf(one).includes(name))
  if (statement === undefined) throw new Error(`${file} declares no ${name}`)
  const code = outputText
    .slice(statement.getStart(source), statement.end)
    .replace(/^export declare /, '')
    .replace(/^export /, '')
  return [`#### ${name}`, '', ...documentation(statement), '```ts', code, '```']
}

function namesOf(statement) {
  const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]
  return declared.map((one) => one.name?.text)
}

const known = new Map()

function declarationsOf(file) {
  const found = known.get(file)
  if (found !== undefined) return found
  const { outputText } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: { isolatedDeclarations: true, declaration: true, target: ts.ScriptTarget.ES2022 },
  })
  const declarations = { outputText, source: parse(file, outputText) }
  known.set(file, declarations)
  return declarations
}

function documentation(statement) {
  const doc = statement.jsDoc?.at(-1)
  if (doc === undefined) throw new Error(`${statement.name?.text} has no documentation`)
  const raw = doc
    .getText()
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
  const text = raw.join('\n').trim()
  return [
    text
      .replace(/\{@link ([^}]+)\}/g, '`$1`')
      .replace(/^@example\s*/m, '\n')
      .replace(/^@throws /gm, '\nThrows: ')
      .replace(/^@returns /gm, '\nReturns: ')
      .replace(/^@defaultValue /gm, '\nDefault: ')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    '',
  ]
}

function parse(path, text) {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, apiReference())
