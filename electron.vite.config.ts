import react from '@vitejs/plugin-react'
import type { UserConfig } from 'electron-vite'
import { defineConfig } from 'electron-vite'
import { chmodSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The entries of the main process: one per composition root. */
const entries = {
  index: path('src-main/index.ts'),
  cli: path('src-main/cli.ts'),
  browser: path('src-main/browser.ts'),
  playground: path('src-main/playground/main.ts'),
  demo: path('src-main/demo.ts'),
}

/**
 * How the system runs the command line. V8 would take as much memory as a large machine has to spare. With this much room
 * for what is young a sync of 5,000 files takes as much CPU as with twice that, and one of 100,000 is 20 MB smaller.
 * Whatever belongs to a request that waits for its answer outlives two collections of the young and counts as old by then:
 * at 40 ms the garbage is there, and V8 lets it double or triple before it looks. Looking at 40 % more costs 2 % of the CPU
 * and saves 20 MB.
 */
const commandLineRunner = '#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=40'

const main: UserConfig['main'] = {
  plugins: [
    {
      name: 'pail:runnable-cli',
      writeBundle({ dir }) {
        const cli = `${dir}/cli.js`
        if (existsSync(cli)) chmodSync(cli, 0o755)
      },
    },
  ],
  build: {
    outDir: path('out/main'),
    // Electron 33 runs Node 20.18; everything newer runs more.
    target: 'node20.18',
    // Bundled, so that one dynamic import of the SDK reads a few files instead of two thousand.
    externalizeDeps: false,
    chunkSizeWarningLimit: 4000,
    sourcemap: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
      external: ['keytar'],
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
        banner: (chunk) => (chunk.isEntry && chunk.name === 'cli' ? commandLineRunner : ''),
      },
    },
  },
}

const preload: UserConfig['preload'] = {
  build: {
    outDir: path('out/preload'),
    target: 'node20.18',
    // A sandboxed preload can require nothing but electron, so that everything else is in the one file.
    externalizeDeps: false,
    sourcemap: false,
    rolldownOptions: {
      input: { index: path('src-preload/index.ts') },
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
}

const renderer: UserConfig['renderer'] = {
  root: path('src-renderer'),
  plugins: [react()],
  build: {
    outDir: path('out/renderer'),
    target: 'chrome130',
    minify: true,
    chunkSizeWarningLimit: 2000,
    sourcemap: false,
    // The Content-Security-Policy has neither data: nor inline scripts (S6).
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: path('src-renderer/index.html') },
  },
}

/** Three programs: the main process and its siblings, the preload, the screens. */
export default defineConfig({
  main,
  preload,
  ...(existsSync(path('src-renderer/index.html')) ? { renderer } : {}),
})
