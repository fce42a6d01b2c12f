import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Builds the package as JavaScript for child processes, which cannot load TypeScript; returns the URL of its entry. */
export function buildJournal(directory: string): string {
  const source = fileURLToPath(new URL('../src', import.meta.url))
  const target = join(directory, 'journal')
  mkdirSync(target)
  for (const name of readdirSync(source)) {
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    })
    writeFileSync(join(target, name.replace(/ts$/, 'js')), outputText)
  }
  writeFileSync(join(target, 'package.json'), '{"type":"module"}')
  return new URL(`file://${join(target, 'index.js')}`).href
}
