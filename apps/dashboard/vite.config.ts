import { defineConfig } from 'vite'

// Everything the page needs is built in: it works without any network but the server's own.
export default defineConfig({
  root: 'src/web',
  // The server defines the path of the page; see `baseOf`.
  base: './',
  publicDir: 'public',
  resolve: { conditions: ['@hotcb/source', 'module', 'browser', 'development|production'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
})
