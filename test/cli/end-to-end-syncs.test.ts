import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { endToEnd } from './end-to-end-scene.ts'

endToEnd('end to end: a folder and its history', (scene) => {
  const { bucket, keysBelow, pail } = scene

  test('a folder is synced, found unchanged, corrected in its headers, and cleaned up on request', async () => {
    const folder = join(scene.directory, 'site')
    await mkdir(join(folder, 'css'), { recursive: true })
    await writeFile(join(folder, 'index.html'), '<h1>Hello</h1>')
    await writeFile(join(folder, 'css/a.css'), 'a{}')
    await writeFile(join(folder, 'css/a.css.map'), '{}')
    const sync = async (...more: string[]) => {
      const ran = await pail(['sync', folder, `s3://${bucket}/site`, '--exclude', '*.map', '--json', ...more])
      return { code: ran.code, err: ran.err, answer: JSON.parse(ran.out) }
    }

    const dry = await sync('--dry-run')
    expect(dry).toMatchObject({ code: 0, answer: { uploaded: 0, failed: [] } })
    expect(await keysBelow('site/')).toEqual([])

    const first = await sync()
    expect(first).toMatchObject({
      code: 0,
      answer: { uploaded: 2, updatedHeaders: 0, deleted: 0, skipped: 0, bytes: 17, failed: [] },
    })
    expect(Object.keys(first.answer)).toEqual([
      'uploaded',
      'updatedHeaders',
      'deleted',
      'skipped',
      'bytes',
      'release',
      'failed',
      'failedTotal',
      'untried',
      'opens',
      'plan',
      'visibility',
    ])
    expect(first.answer.plan.filter(({ action }: { action: string }) => action === 'upload')).toEqual([
      { key: 'site/css/a.css', action: 'upload', reason: 'new', bytes: 3 },
      { key: 'site/index.html', action: 'upload', reason: 'new', bytes: 14 },
    ])

    expect(await sync()).toMatchObject({
      code: 0,
      answer: { uploaded: 0, updatedHeaders: 0, skipped: 2, bytes: 0 },
    })

    expect(await sync('--cache-control', 'no-cache')).toMatchObject({
      code: 0,
      answer: { uploaded: 0, updatedHeaders: 2 },
    })
    const link = await pail(['link', `s3://${bucket}/site/index.html`])
    const page = await fetch(link.out.trim())
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    await page.arrayBuffer()

    await rm(join(folder, 'css/a.css'))
    const kept = await sync('--cache-control', 'no-cache')
    expect(kept).toMatchObject({ code: 0, answer: { deleted: 0 } })
    const unasked = await sync('--cache-control', 'no-cache', '--delete')
    expect(unasked).toMatchObject({ code: 3, answer: { deleted: 0 } })
    const capped = await sync('--cache-control', 'no-cache', '--delete', '--yes', '--max-delete', '0')
    expect(capped).toMatchObject({ code: 3, answer: { deleted: 0 } })
    expect(await keysBelow('site/')).toEqual(['site/css/a.css', 'site/index.html'])
    const cleaned = await sync('--cache-control', 'no-cache', '--delete', '--yes', '--max-delete', '1')
    expect(cleaned).toMatchObject({ code: 0, answer: { deleted: 1 } })
    expect(await keysBelow('site/')).toEqual(['site/index.html'])
  })

  test('a sync is undone, from copies of its own, and the history tells so', async () => {
    const folder = join(scene.directory, 'undone')
    await mkdir(folder)
    const place = `s3://${bucket}/undone`
    const sync = (...more: string[]) => pail(['sync', folder, place, '--keep-previous', ...more])
    await writeFile(join(folder, 'index.html'), 'old page')
    await writeFile(join(folder, 'gone.html'), 'old page, too')
    await sync('--public')
    await writeFile(join(folder, 'index.html'), 'new page')
    await writeFile(join(folder, 'new.html'), 'created')
    await rm(join(folder, 'gone.html'))
    expect(await sync('--delete', '--yes', '--max-delete', '1')).toMatchObject({ code: 0 })

    const history = JSON.parse((await pail(['history', place, '--json'])).out)
    expect(history.releases).toMatchObject([
      { created: 1, overwritten: 1, deleted: 1, undoable: 3, undone: 'no' },
      { created: 2, undone: 'no' },
    ])
    expect(await pail(['undo', place])).toMatchObject({ code: 3 })
    const dry = await pail(['undo', place, '--dry-run'])
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.out.trim().split('\n')).toHaveLength(3)
    expect(await keysBelow('undone/')).toEqual(['undone/index.html', 'undone/new.html'])

    const undone = await pail(['undo', place, '--yes', '--json'])
    expect(undone.code).toBe(0)
    expect(JSON.parse(undone.out)).toMatchObject({
      release: history.releases[0].id,
      restored: 2,
      removed: 1,
      undone: 'whole',
      left: [],
      failed: [],
      // Asked without a signature.
      visibility: { public: 2, private: 0, unknown: 0, notAsked: 0 },
    })
    expect(await keysBelow('undone/')).toEqual(['undone/gone.html', 'undone/index.html'])
    const open = await fetch(`${scene.server.endpoint}/${bucket}/undone/index.html`)
    expect([open.status, await open.text()]).toEqual([200, 'old page'])
    expect(JSON.parse((await pail(['history', place, '--json'])).out).releases).toMatchObject([
      { undone: 'whole', undoable: 0 },
      { undone: 'no' },
    ])
  })
})
