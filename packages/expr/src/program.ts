import { type Dialect, MAX_WINDOW, type NameNode, type Node, type Program } from './types.ts'

/** Creates a program from a parsed tree. */
export function programOf(text: string, dialect: Dialect, root: Node): Program {
  const names = new Map<string, NameNode>()
  const controls = new Set<string>()
  let longestWindow = 0
  visit(root, (node) => {
    if (node.kind === 'name') names.set(`${node.quoted} ${node.name}`, names.get(`${node.quoted} ${node.name}`) ?? node)
    if (node.kind === 'control') controls.add(node.key)
    if (node.kind === 'window') longestWindow = Math.max(longestWindow, windowLength(node.length))
  })
  return { dialect, text, root, names: [...names.values()], controls: [...controls], longestWindow }
}

// Returns the largest possible length of a window. For a computed length that is the maximum. `delta` reads one more
// value than its length.
function windowLength(length: Node): number {
  const isNumber = length.kind === 'constant' && length.value.type === 'int'
  return isNumber ? length.value.value + 1 : MAX_WINDOW + 1
}

/** Calls `each` with a node and all nodes below it, in text order. */
export function visit(node: Node, each: (node: Node) => void): void {
  each(node)
  for (const child of childrenOf(node)) visit(child, each)
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'items':
      return node.items
    case 'sign':
    case 'not':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'compare':
      return [node.first, ...node.rest.map(({ operand }) => operand)]
    case 'and':
    case 'or':
      return node.operands
    case 'choice':
      return [node.then, node.condition, node.otherwise]
    case 'call':
      return node.args
    case 'point':
      return [node.metric]
    case 'window':
      return [node.metric, node.length]
    default:
      return []
  }
}
