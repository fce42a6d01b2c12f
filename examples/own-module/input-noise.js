// A module of our own: noise that is added to the inputs of a training, and can be changed while it runs.

const KINDS = ['gauss', 'uniform']

/** Its description for other processes. The kernel writes it to `hotcb.actuators.json`; nothing else has to change. */
const DESCRIPTOR = {
  name: 'noise',
  summary: 'Noise on the inputs: switch it on, change it, switch it off.',
  yaml: 'switch',
  ops: [
    {
      op: 'enable',
      aliases: ['use'],
      summary: 'Add noise to the inputs.',
      examples: [{ type: 'hotcb noise use gauss --strength 0.2', does: 'normal noise with a deviation of 0.2' }],
      args: [{ name: 'kind', help: 'What it is drawn from.', kind: 'text', into: 'params.kind', options: KINDS }],
      flags: [
        { name: 'strength', help: 'How much. Default: 0.1.', kind: 'positive', into: 'params.strength', default: 0.1 },
      ],
      // Noise that was on before is restored; if there was none, `disable` reverts it.
      inverse: { withoutOld: 'disable' },
      replaces: ['enable', 'disable'],
      text: 'noise {kind} of {strength}',
    },
    {
      op: 'disable',
      aliases: ['off'],
      summary: 'Leave the inputs as they are.',
      inverse: { op: 'enable' },
      replaces: ['enable', 'disable'],
      text: 'noise off',
    },
  ],
}

/**
 * number} random Gives numbers in [0, 1). => @param {() => number} random Returns numbers in [0, 1). => number} random
 * Gives numbers in [0, 1).
 */
export function inputNoise(random) {
  let current = null // { kind, strength }, or null while it is off

  function applyOp({ op, params }) {
    const old = current
    if (op === 'disable') {
      current = null
      return { ok: true, payload: {}, old }
    }
    const { kind, strength = 0.1 } = params ?? {}
    if (!KINDS.includes(kind))
      return { ok: false, error: `\`kind\` must be one of ${KINDS.join(', ')}, got ${JSON.stringify(kind)}` }
    if (!(strength > 0))
      return { ok: false, error: `\`strength\` must be a number > 0, got ${JSON.stringify(strength)}` }
    current = { kind, strength }
    return { ok: true, payload: current, old }
  }

  function sample() {
    if (current === null) return 0
    const uniform = random() * 2 - 1
    if (current.kind === 'uniform') return current.strength * uniform
    return current.strength * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(Math.PI * uniform)
  }

  const module = {
    name: 'noise',
    descriptor: DESCRIPTOR,
    applyOp,
    status: () => current,
    // Before a history is re-applied, everything is in its state at registration.
    reset() {
      current = null
    },
  }
  return { module, add: (inputs) => inputs.map((x) => x + sample()) }
}
