import type { Args } from './arg.ts'

/** Flags that every terminal command accepts, before or after its name. */
export const GLOBAL_FLAGS: Args = {
  dir: {
    type: 'string',
    alias: 'd',
    valueHint: 'RUN',
    description:
      'The run directory. Default: `HOTCB_DIR`, else the working directory, else the only live run below it.',
    completes: { kind: 'directories' },
  },
  json: { type: 'boolean', description: 'Answer in JSON, one object per line.' },
  color: { type: 'boolean', description: '`--no-color` prints plain text, as NO_COLOR=1 does.' },
  help: { type: 'boolean', alias: 'h', description: 'This page.' },
  version: { type: 'boolean', alias: 'V', description: 'The version of hotcb.' },
}

/** Values of {@link GLOBAL_FLAGS}, by name. */
export interface Globals {
  readonly dir?: string
  readonly json?: boolean
  readonly color?: boolean
  readonly help?: boolean
  readonly version?: boolean
}
