import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { eventNames, methodNames } from '../../src-preload/contract/methods.ts'
import { test } from './host.ts'

/** What only the browser host has: the bridge over fetch, and dropped bytes as temporary files. */
test.describe('the browser host', () => {
  test('S14 the page has the same functions as in Electron, frozen, and the token is gone from the address', async ({
    host,
  }) => {
    const seen = await host.page.evaluate(() => ({
      keys: Object.keys(window.api),
      frozen: Object.isFrozen(window.api),
      address: window.location.href,
      cookies: document.cookie,
    }))
    expect(seen.keys.toSorted()).toEqual([...methodNames, ...eventNames].toSorted())
    expect(seen.frozen).toBe(true)
    expect(seen.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(seen.cookies).toBe('')
  })

  test('a reload keeps the session, another browser has none', async ({ host }) => {
    await host.page.reload()
    const info = await host.page.evaluate(() => window.api.getAppInfo({}))
    expect(info).toMatchObject({ ok: true, value: { host: 'browser' } })
    const other = await host.page.context().browser()?.newContext()
    const page = await other?.newPage()
    const response = await page?.goto(new URL(host.page.url()).origin)
    expect(response?.status()).toBe(401)
    expect(await page?.evaluate(() => 'api' in window)).toBe(false)
    await other?.close()
  })

  test('dropped files and folders arrive whole, and are gone when the host ends', async ({
    host,
    workFolder,
  }) => {
    const site = join(workFolder, 'site')
    await mkdir(join(site, 'css', 'empty'), { recursive: true })
    await writeFile(join(site, 'index.html'), 'index')
    await writeFile(join(site, 'css', 'a.css'), Buffer.alloc(200_000, 'a'))
    const photo = join(workFolder, 'photo ä #1.jpg')
    await writeFile(photo, 'jpeg')
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('pail-dropped-'))
    // Listens as the window's own overlay does, and passes on what the browser calls files.
    await host.page.evaluate(() => {
      const state = window as unknown as { dropped?: unknown }
      for (const type of ['dragenter', 'dragover'])
        window.addEventListener(
          type,
          (event) => {
            // Before the first profile the window itself accepts no drop.
            event.preventDefault()
            event.stopImmediatePropagation()
          },
          { capture: true },
        )
      window.addEventListener(
        'drop',
        (event) => {
          event.preventDefault()
          event.stopImmediatePropagation()
          const sources = [...(event.dataTransfer?.files ?? [])]
          void window.api.registerDrop({ sources }).then((result) => (state.dropped = result))
        },
        { capture: true },
      )
    })
    await host.drop([photo, site])
    await host.page.waitForFunction(() => 'dropped' in window)
    const result = await host.page.evaluate(() => (window as unknown as { dropped: unknown }).dropped)
    expect(result).toMatchObject({ ok: true, value: { files: 3, sizeBytes: 200_009, problems: [] } })
    const names = (result as { value: { names: string[] } }).value.names
    expect(names.toSorted()).toEqual(['photo ä #1.jpg', 'site/css/a.css', 'site/index.html'])
    await host.restart()
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('pail-dropped-'))
    expect(after.length).toBeLessThanOrEqual(before.length)
  })

  test('files can be chosen with the browser’s own dialog', async ({ host, workFolder }) => {
    const photo = join(workFolder, 'photo.jpg')
    await writeFile(photo, 'jpeg')
    const chooser = host.page.waitForEvent('filechooser')
    const chosen = host.page.evaluate(() => window.api.chooseFiles({ kind: 'files' }))
    await (await chooser).setFiles([photo])
    expect(await chosen).toMatchObject({ ok: true, value: { files: 1, names: ['photo.jpg'], sizeBytes: 4 } })
  })

  test('text reaches the clipboard through the page', async ({ host }) => {
    host.handedOut.expectElsewhere('https://example.com/a')
    const copied = await host.page.evaluate(() => window.api.copyText({ text: 'https://example.com/a' }))
    expect(copied).toEqual({ ok: true, value: {} })
    expect(await host.clipboard()).toBe('https://example.com/a')
  })

  test('folders are typed, and the host looks whether they are there', async ({ host, workFolder }) => {
    const choose = (typedPath: string) =>
      host.page.evaluate((path) => window.api.chooseFolder({ purpose: 'sync', typedPath: path }), typedPath)
    expect(await choose(workFolder)).toMatchObject({ ok: true })
    await writeFile(join(workFolder, 'file'), '')
    for (const path of ['relative/path', join(workFolder, 'missing'), join(workFolder, 'file')])
      expect(await choose(path)).toMatchObject({ ok: false })
  })
})
