import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackagedApp } from './packaged-app.ts'
import { electronDirectory, filesInAsar, fuseWire, packageApp, start } from './packaged-app.ts'

const isBuilt = existsSync(join(import.meta.dirname, '../../out/main/index.js'))

describe.skipIf(process.platform !== 'linux' || electronDirectory === undefined || !isBuilt)(
  'the packaged application',
  () => {
    let directory: string
    let app: PackagedApp
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pail-package-'))
      app = await packageApp(directory)
    }, 240_000)
    afterAll(() => rm(directory, { recursive: true, force: true }))

    it('S10 holds what was built, its manifest, its licence and the keychain’s module, and nothing else', async () => {
      const files = await filesInAsar(join(app.resources, 'app.asar'))
      expect(files).toContain('out/main/index.js')
      expect(files).toContain('out/preload/index.cjs')
      expect(files).toContain('out/renderer/index.html')
      const expected =
        /^(out\/(main|preload|renderer)\/.+\.(js|cjs|html|css)|package\.json|LICENSE|node_modules\/keytar\/.+)$/
      expect(files.filter((file) => !expected.test(file))).toEqual([])
      expect(files.filter((file) => file.startsWith('node_modules/')).toSorted()).toEqual(
        ['build/Release/keytar.node', 'lib/keytar.js', 'package.json'].map(
          (file) => `node_modules/keytar/${file}`,
        ),
      )
      // The hosts that a window has no use for; house rule: the browser's is never packaged.
      const hosts = files.filter((file) => /^out\/main\/[^/]+$/.test(file))
      expect(hosts).toEqual(['out/main/index.js'])
      expect(files.filter((file) => /\.map$|\.env|\.tsx?$|(^|\/)test\//.test(file))).toEqual([])
    })

    it('S10 has its fuses set: no Node, no inspector, no other application, no file: privileges', async () => {
      // In the order of Electron's schema; the ninth, of WebAssembly's traps, is there since Electron 42.
      expect(await fuseWire(app.program)).toMatch(/^01001100(1.*)?$/)
      // A fuse that is not blown is seen by this very test: Electron as it comes has Node in it.
      expect(await fuseWire(join(electronDirectory!, 'electron'))).toMatch(/^1/)
    })

    it('S9 S10 starts from its archive, under no debugger, and as Node neither', () => {
      const refused = {
        status: 2,
        stderr: expect.stringContaining('Pail does not start with --remote-debugging-port'),
      }
      expect(start(app, ['--remote-debugging-port=0'])).toEqual(refused)
      // Node would not know the switch and end with 9.
      expect(start(app, ['--remote-debugging-port=0'], { ELECTRON_RUN_AS_NODE: '1' })).toEqual(refused)
    })

    it('S57 has no feed to update itself from, and nothing that would', async () => {
      const names = await readdir(app.resources, { recursive: true })
      expect(names).toContain('app.asar')
      expect(names.filter((name) => /update/i.test(name))).toEqual([])
      const archive = await readFile(join(app.resources, 'app.asar'), 'latin1')
      expect(archive).toContain('out')
      expect(archive.match(/\bautoUpdater\b|electron-updater|app-update\.yml|latest-linux\.yml/g)).toBeNull()
    })
  },
)
