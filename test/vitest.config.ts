import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Everything that needs no window. The window's own tests are Playwright's, in `test/app`. */
export default defineConfig({
  root,
  resolve: {
    alias: {
      // Outside Electron the package would try to download the binary: tests get a double that records calls.
      electron: fileURLToPath(new URL('./electron/electron-double.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/app/**', '**/node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Servers and keyrings are real, and the machine may have two cores; but much of the time is spent waiting for them.
    maxWorkers: 3,
  },
})
