// Replaces jiti in the Python package's sidecar.
export function createJiti() {
  throw new Error('a PyTorch training run loads callbacks in Python')
}
