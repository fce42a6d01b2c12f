import { join } from 'node:path'
import { type AllowedFolders, readStampedDocumentAsync } from '@hotcb/journal'
import { isObject, parseJson, runFiles } from '@hotcb/protocol'
import { readDocumentText } from '@hotcb/run'
import type { Cell } from '../../shared/table/table-wire.ts'

/** Parameters of a run, by name. */
export type Params = ReadonlyMap<string, Cell>

/**
 * Reads one run's parameters: the current values of its controls, the words in the run document's `config` field (the name of the training
 * run, which becomes the parameter `config`, and pairs such as `name=value`), its `seed` and `max_steps`, and its `params` object. Later
 * sources override earlier ones. Only the values are kept in memory.
 */
export class RunParamsReader {
  readonly #dir: string
  readonly #within: AllowedFolders
  #about: Part = NO_PART
  #controls: Part = NO_PART
  #all: Params = NO_PART.params

  constructor(dir: string, within: AllowedFolders) {
    this.#dir = dir
    this.#within = within
  }

  get params(): Params {
    return this.#all
  }

  /**
   * Reads the documents that changed. If a document cannot be read, the known values remain, and the row of the run reports the problem.
   */
  async refresh(): Promise<void> {
    const [about, controls] = await Promise.all([
      this.#read(this.#about, runFiles.run, paramsOfRun),
      this.#read(this.#controls, runFiles.actuators, paramsOfControls),
    ])
    if (about === this.#about && controls === this.#controls) return
    this.#about = about
    this.#controls = controls
    this.#all = new Map([...controls.params, ...about.params])
  }

  async #read(known: Part, file: string, read: (text: string) => Params): Promise<Part> {
    try {
      const options = { within: this.#within, known: known.stamp }
      const found = await readStampedDocumentAsync(join(this.#dir, file), options)
      if (found === 'same') return known
      return found === null ? NO_PART : { stamp: found.stamp, params: read(found.text) }
    } catch {
      return known
    }
  }
}

interface Part {
  readonly stamp: string
  readonly params: Params
}

const NO_PART: Part = { stamp: '', params: new Map() }
const MOST_PARAMS = 400

/** Returns the parameters in a run document's text. */
export function paramsOfRun(text: string): Params {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return NO_PART.params
  const found = new Map<string, Cell>()
  const { config, config_id, params } = parsed.value
  const words = typeof config === 'string' ? config : typeof config_id === 'string' ? config_id : ''
  for (const [i, word] of words.trim().split(/\s+/).entries()) {
    const at = word.indexOf('=')
    if (i === 0 && at < 0 && word !== '') found.set('config', shorten(word))
    if (at > 0) found.set(word.slice(0, at), cellOfText(word.slice(at + 1)))
  }
  for (const name of ['seed', 'max_steps']) {
    const value = parsed.value[name]
    if (typeof value === 'number') found.set(name, value)
  }
  flatten(params, '', found)
  return found
}

function paramsOfControls(text: string): Params {
  const read = readDocumentText('actuators', text)
  const found = new Map<string, Cell>()
  for (const { param_key, current } of (read.ok ? read.value?.controls : undefined) ?? [])
    flatten(current, param_key, found)
  return found
}

function flatten(value: unknown, name: string, found: Map<string, Cell>): void {
  if (found.size >= MOST_PARAMS || value === undefined || value === null) return
  if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, name === '' ? key : `${name}.${key}`, found)
    return
  }
  if (name === '') return
  const isCell = typeof value === 'number' || typeof value === 'boolean'
  found.set(name, isCell ? value : shorten(typeof value === 'string' ? value : JSON.stringify(value)))
}

function cellOfText(text: string): Cell {
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : shorten(text)
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
