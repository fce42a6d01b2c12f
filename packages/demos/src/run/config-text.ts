import { type DemoConfig, isDemoConfig } from './demo-options.ts'

/** The content of `config` in the run document: the training run, and the options without their own field. */
export interface ConfigText {
  readonly config: DemoConfig
  readonly checkpointEvery: number | null
  /** The step from which `finetune` trains on new digits; null for other training runs. */
  readonly newFrom: number | null
}

const NAMES = { checkpointEvery: 'checkpoint_every', newFrom: 'new_from' } as const

/**
 * Returns the text for `config`, such as `digits checkpoint_every=50`. It is a single line of text, as every reader of the document
 * expects.
 */
export function formatConfig(text: ConfigText): string {
  const options = (['checkpointEvery', 'newFrom'] as const).flatMap((key) =>
    text[key] === null ? [] : [`${NAMES[key]}=${text[key]}`],
  )
  return [text.config, ...options].join(' ')
}

/** Parses the output of {@link formatConfig}; null for text from another program. */
export function readConfig(text: string): ConfigText | null {
  const [config = '', ...options] = text.split(' ')
  if (!isDemoConfig(config)) return null
  let read: ConfigText = { config, checkpointEvery: null, newFrom: null }
  for (const option of options) {
    const [name, value] = option.split('=')
    const key = (['checkpointEvery', 'newFrom'] as const).find((one) => NAMES[one] === name)
    const number = Number(value)
    const least = key === 'checkpointEvery' ? 1 : 0
    if (key === undefined || value === '' || !Number.isSafeInteger(number) || number < least) return null
    read = { ...read, [key]: number }
  }
  return read
}
