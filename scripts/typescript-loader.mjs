// Lets plain Node, and its worker threads, run TypeScript sources of this workspace if Node cannot do so itself: use `--import`
// with this file. Published code is JavaScript and does not use it.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'

if (!process.features.typescript) register(import.meta.url)

// Tests start hundreds of processes and threads: each file is compiled once instead of once in each of them.
const CACHE = new URL('../node_modules/.cache/hotcb/typescript/', import.meta.url)
const FORM = '1'

/** Node's load hook: strips the types from `.ts` files. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  return { format: 'module', shortCircuit: true, source: await compiled(path, readFileSync(path, 'utf8')) }
}

async function compiled(path, text) {
  const key = createHash('sha256').update(`${FORM}\0${path}\0${text}`).digest('hex')
  const kept = new URL(`${key}.js`, CACHE)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const source = await compile(path, text)
    keep(kept, source)
    return source
  }
}

async function compile(path, text) {
  const { default: ts } = await import('typescript')
  const { outputText } = ts.transpileModule(text, {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  })
  return outputText
}

// Other processes read the cache at the same time, so a file must appear in it as a whole. Without a writable cache, everything
// is only slower.
function keep(file, source) {
  const scratch = new URL(`${file.href}.${process.pid}-${Math.random().toString(36).slice(2)}`)
  try {
    mkdirSync(CACHE, { recursive: true })
    writeFileSync(scratch, source)
    renameSync(scratch, file)
  } catch {}
}
