import { mkdir, mkdtemp, readFile, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { startScriptedProxy } from '../sync/scripted-proxy.ts'
import { type SyncFixture, changes, sessionFor, startSyncFixture } from '../sync/sync-fixture.ts'
import {
  type DjangoProject,
  djangoRuns,
  installedDjango,
  storages,
  writeDjangoProject,
} from './django-project.ts'

// Django asks about one file after the other, and its admin has more than a hundred.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

/** A site's own files, with names and contents that two programs might see differently. */
const siteFiles: Record<string, string | Buffer> = {
  'css/site.css':
    '@font-face { src: url("../fonts/sans.woff2") } body { background: url(../img/logo.svg) }\n',
  'js/site.js': 'export const hello = "wörld"\n',
  'js/module.mjs': 'export {}\n',
  'img/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
  'img/a picture (1)+2.png': Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  'img/fläche.webp': Buffer.from('RIFF'),
  'fonts/sans.woff2': Buffer.from('wOF2'),
  'downloads/source.tar.gz': Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
  'downloads/film.mp4': Buffer.alloc(9 * 1024 * 1024, 7),
  'data/no-extension': 'x',
  'data/empty.txt': '',
  'index.html': '<!doctype html><title>ü</title>\n',
}

describe.each(djangoRuns)('collectstatic: $title', ({ server, django, here }) => {
  describe.skipIf(!here)('and our sync', () => {
    // One file after the other is slow: with the admin of one Django it is proven.
    const hasAdmin = django === installedDjango
    let fixture: SyncFixture
    let directory: string
    let staticRoot: string
    let project: DjangoProject
    const prefix = 'static/'

    beforeEach(async () => {
      fixture = await startSyncFixture({ server, access: 'per-object' })
      await fixture.write(siteFiles)
      directory = await mkdtemp(join(tmpdir(), 'pail-django-'))
      staticRoot = join(directory, 'collected')
      await mkdir(staticRoot)
      project = await writeDjangoProject({
        django,
        directory,
        source: fixture.folder,
        hasAdmin,
        staticRoot,
        bucket: fixture.bucket,
        server: fixture.playground,
      })
    })
    afterEach(async () => {
      await fixture.close()
      await rm(directory, { recursive: true, force: true })
    })

    /** How many files there are below a folder. */
    const filesBelow = async (folder: string) =>
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
        .length

    test('after our sync collectstatic copies nothing', async () => {
      expect(await project.collectstatic(storages.local)).toMatch(/^\d+ static files copied to/)
      // The site's own files and those of Django's admin.
      const files = await filesBelow(staticRoot)
      expect(files).toBeGreaterThan(hasAdmin ? 100 : 10)
      const planned = await fixture.plan({}, { folder: staticRoot, prefix })
      expect(await fixture.apply(planned)).toMatchObject({ uploaded: files, failed: [] })
      for (const storage of [storages.s3, storages.s3Static])
        expect(await project.collectstatic(storage)).toBe(`0 static files copied, ${files} unmodified.`)

      // What is newer here is copied: the 0 above was not said for want of looking.
      const later = new Date(Date.now() + 3_600_000)
      await utimes(join(fixture.folder, 'css/site.css'), later, later)
      expect(await project.collectstatic(storages.s3)).toBe(`1 static file copied, ${files - 1} unmodified.`)
      // The keys are the same ones, or it would have copied beside ours.
      expect(await fixture.keys()).toHaveLength(files)
    })

    test('after collectstatic our plan has header differences only, and once they are fixed nothing', async () => {
      await project.collectstatic(storages.local)
      const files = await filesBelow(staticRoot)
      expect(await project.collectstatic(storages.s3)).toBe(`${files} static files copied.`)
      const plan = () => fixture.plan({ removeRemoteOnly: true }, { folder: staticRoot, prefix })
      const first = await plan()
      expect(first.counts).toMatchObject({ upload: 0, delete: 0 })
      expect(first.counts.updateHeaders + first.counts.skip).toBe(files)
      const changed = changes(first)
      expect(changed).toContain('update-headers header-differs static/css/site.css')
      expect(changed.every((row) => row.startsWith('update-headers header-differs '))).toBe(true)
      const before = await fixture.keys()

      expect(await fixture.apply(first)).toMatchObject({
        uploaded: 0,
        deleted: 0,
        updatedHeaders: first.counts.updateHeaders,
        failed: [],
      })
      expect(await fixture.keys()).toEqual(before)
      expect(await fixture.head('static/css/site.css')).toMatchObject({
        contentType: 'text/css; charset=utf-8',
        cacheControl: 'max-age=86400',
      })
      // Django took the archive for text that is sent compressed.
      expect(await fixture.head('static/downloads/source.tar.gz')).toMatchObject({
        contentType: 'application/gzip',
        contentEncoding: null,
      })
      expect(changes(await plan())).toEqual([])
      expect(await project.collectstatic(storages.s3)).toBe(`0 static files copied, ${files} unmodified.`)
    })

    test('hashed names are kept for a year, staticfiles.json comes last, and Django finds its files by it', async () => {
      await project.collectstatic(storages.localManifest)
      const manifest: { paths: Record<string, string> } = JSON.parse(
        await readFile(join(staticRoot, 'staticfiles.json'), 'utf8'),
      )
      const hashed = manifest.paths['css/site.css'] ?? ''
      expect(hashed).toMatch(/^css\/site\.[0-9a-f]{12}\.css$/)

      const proxy = await startScriptedProxy(fixture.playground.endpoint, () => null)
      const session = sessionFor(proxy.endpoint, fixture.playground, fixture.session.checksums)
      const options = { rules: [...recommendedRules], visibility: 'public' as const }
      try {
        const planned = await fixture.plan(options, { folder: staticRoot, prefix })
        expect(await fixture.apply(planned, {}, session)).toMatchObject({ failed: [] })
        const written = proxy.seen.filter(({ method }) => method === 'PUT').map(({ key }) => key)
        expect(written.at(-1)).toBe('static/staticfiles.json')
        expect(written.filter((key) => key === 'static/staticfiles.json')).toHaveLength(1)
        // What a style sheet names is there before the style sheet of a fixed name.
        const logo = `static/${manifest.paths['img/logo.svg']}`
        expect(written.indexOf(logo)).toBeLessThan(written.indexOf('static/css/site.css'))
      } finally {
        session.destroy()
        await proxy.close()
      }
      // Pages are asked for each time whatever they are called, and twelve digits might be a date.
      const telling = Object.values(manifest.paths).filter((name) => !/\.html$|\.\d{12}(\.|$)/.test(name))
      expect(telling.length).toBeGreaterThan(hasAdmin ? 100 : 10)
      for (const name of telling)
        expect([name, (await fixture.head(`static/${name}`))?.cacheControl]).toEqual([
          name,
          'public, max-age=31536000, immutable',
        ])
      expect(await fixture.head('static/staticfiles.json')).toMatchObject({ cacheControl: 'no-cache' })

      // The manifest of this computer goes away: Django reads the one in the bucket.
      await rm(staticRoot, { recursive: true, force: true })
      const address = await project.render(
        storages.s3Manifest,
        "{% load static %}{% static 'css/site.css' %}",
      )
      expect(address).toBe(`${fixture.playground.endpoint}/${fixture.bucket}/static/${hashed}`)
      const answer = await fetch(address)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      const sheet = await answer.text()
      // And what the style sheet names is found as well.
      const font = /url\("([^"]*)"\)/.exec(sheet)?.[1] ?? ''
      expect(font).toMatch(/sans\.[0-9a-f]{12}\.woff2$/)
      expect((await fetch(new URL(font, address))).status).toBe(200)
    })
  })
})
