// In place of jiti, in the sidecar of the Python package.
export function createJiti() {
  throw new Error('a PyTorch training run loads callbacks in Python')
}
