import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Tests that leave the process they run in as it was: its environment, clock and limits. No module of theirs has hooks of
 * its own, which would be those of the first file that loads it.
 */
const together = [
  'test/{backend,cdn,destinations,links,pictures,receipt,renderer,setup,sweep,visibility}/**/*.test.ts',
]
/** Among them, those that do not. */
const notTogether = ['test/backend/{environment,way-to-service}.test.ts']
/** Tests that want a keyring, of the kind that `PAIL_KEYRING` names. */
const keyring = ['test/keychain/*.keyring.test.ts']
const notHere = ['test/app/**', '**/node_modules/**', ...keyring]

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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Servers and keyrings are real, and the machine may have two cores; but much of the time is spent waiting for them.
    maxWorkers: 3,
    projects: [
      // One after the other in the same processes: of what these cost, a third was loading the house for each file.
      {
        extends: true,
        test: { name: 'together', include: together, exclude: [...notHere, ...notTogether], isolate: false },
      },
      {
        extends: true,
        test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: [...notHere, ...together] },
      },
      { extends: true, test: { name: 'alone, too', include: notTogether } },
      { extends: true, test: { name: 'keyring', include: keyring } },
    ],
  },
})
