// Lets a worker thread run TypeScript sources of this workspace on a Node that cannot do so itself: `--import` this
// file. Published code is JavaScript and does not use it.
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'

if (!process.features.typescript) register(import.meta.url)

/** Node's load hook: strips the types from `.ts` files. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const { default: ts } = await import('typescript')
  const { outputText } = ts.transpileModule(readFileSync(fileURLToPath(url), 'utf8'), {
    fileName: fileURLToPath(url),
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  })
  return { format: 'module', shortCircuit: true, source: outputText }
}
