import { defineConfig } from 'playwright/test'
import { fileURLToPath } from 'node:url'

const output = fileURLToPath(new URL('../output', import.meta.url))

/**
 * In a browser the screens are the same. Where there is Electron, these are done there again: the jobs that go through the
 * other bridge, with what that bridge alone has, and those that decide and tell who can read a bucket,
 * and what is copied of links that do not work.
 */
const inBrowser = process.env['PAIL_ELECTRON']
  ? [
      'browser-*.spec.ts',
      'whole-job.spec.ts',
      'publishing.spec.ts',
      'secrets*.spec.ts',
      'bucket-dialogs.spec.ts',
      'dead-links.spec.ts',
      'destination-dialog.spec.ts',
      'existing-setup.spec.ts',
      'many-objects.spec.ts',
      'private-switch.spec.ts',
      'public-places.spec.ts',
      'sharing.spec.ts',
      'undo-running.spec.ts',
      'visibility-badges.spec.ts',
    ]
  : '*.spec.ts'

const measured = 'answering.spec.ts'

/**
 * The built application as its user meets it: in Electron's window, and the same screens in a browser.
 * `PAIL_ELECTRON` and `PAIL_CHROMIUM` name the binaries; a project without its binary is skipped, and counted so.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // One of each host: two windows of Electron would have one clipboard.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  retries: 0,
  outputDir: `${output}/playwright`,
  reporter: [
    ['list'],
    ['json', { outputFile: process.env['PAIL_PLAYWRIGHT_REPORT'] ?? `${output}/playwright.json` }],
  ],
  projects: [
    {
      name: 'electron',
      workers: 1,
      metadata: { host: 'electron' },
      testIgnore: ['browser-*.spec.ts', measured],
    },
    // What only Electron has is not in this project at all, rather than skipped.
    {
      name: 'browser',
      workers: 1,
      metadata: { host: 'browser' },
      testMatch: inBrowser,
      testIgnore: ['electron-*.spec.ts', measured],
    },
    // How long something takes is measured when nothing else is running.
    {
      name: 'measured',
      metadata: { host: process.env['PAIL_ELECTRON'] ? 'electron' : 'browser' },
      testMatch: measured,
      dependencies: ['links'],
    },
    // Of a whole run: links of every kind were handed out in it, so that what proves each of them was at work.
    { name: 'links', testMatch: 'every-kind-of-link.check.ts', dependencies: ['electron', 'browser'] },
  ],
})
