import { writeDeclarations } from '../../scripts/declarations.mjs'
import { library } from '../../tsup.preset.ts'

export default library({
  entry: ['src/index.ts'],
  platform: 'node',
  // The page is built by Vite and has no declarations.
  onSuccess: async () => writeDeclarations('src', 'dist', ['web']),
})
