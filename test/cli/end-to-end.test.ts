import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { endToEnd } from './end-to-end-scene.ts'
import { printedLinks } from './printed-links.ts'

/** Names that are easily mistaken on the way. */
const oddNames = [
  'a b.txt',
  'a+b.txt',
  'a%20b.txt',
  'c#d?e&f.txt',
  'naïve.txt',
  '🪣.txt',
  'quote\'".txt',
  'zero',
]

endToEnd('end to end', (scene) => {
  const { bucket, keysBelow, pail } = scene

  test('the bucket is listed', async () => {
    const listed = await pail(['buckets'])
    expect(listed.out.split('\n').map((line) => line.slice(22))).toContain(bucket)
  })

  test('what is put comes back byte for byte, whatever its name', async () => {
    const folder = join(scene.directory, 'odd')
    await mkdir(folder)
    for (const name of oddNames) await writeFile(join(folder, name), name === 'zero' ? '' : randomBytes(777))
    const put = await pail(['put', ...oddNames.map((name) => join(folder, name)), `s3://${bucket}/odd/`])
    expect(put).toMatchObject({ code: 0 })
    expect(put.out.trimEnd().split('\n').sort()).toEqual(
      oddNames.map((name) => `s3://${bucket}/odd/${name}`).sort(),
    )
    expect((await keysBelow('odd/')).sort()).toEqual(oddNames.map((name) => `odd/${name}`).sort())
    for (const name of oddNames) {
      const got = await pail(['get', `s3://${bucket}/odd/${name}`, '-'])
      expect(got.code).toBe(0)
      expect(got.bytes.equals(await readFile(join(folder, name)))).toBe(true)
    }
  })

  test('a large file goes up in parts and comes back whole, to a new file only', async () => {
    const bytes = randomBytes(24 * 1024 * 1024)
    await writeFile(join(scene.directory, 'large.bin'), bytes)
    expect((await pail(['put', 'large.bin', `s3://${bucket}/large/`])).code).toBe(0)
    expect((await pail(['get', `s3://${bucket}/large/large.bin`])).code).toBe(1)
    expect((await pail(['get', `s3://${bucket}/large/large.bin`, 'copy.bin'])).code).toBe(0)
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(hash(await readFile(join(scene.directory, 'copy.bin')))).toBe(hash(bytes))
    expect((await readdir(scene.directory)).filter((name) => name.startsWith('.pail'))).toEqual([])
  })

  test('nothing is overwritten unless it is asked for', async () => {
    const address = `s3://${bucket}/conflict/`
    const text = async () => (await pail(['get', `${address}note.txt`, '-'])).out
    const file = join(scene.directory, 'note.txt')
    await writeFile(file, 'first')
    expect((await pail(['put', file, address])).code).toBe(0)
    await writeFile(file, 'second')

    const refused = await pail(['put', file, address])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('conflict/note.txt')
    expect(refused.err).toContain('already-exists')
    expect(await text()).toBe('first')

    const skipped = await pail(['put', file, address, '--on-conflict', 'skip', '--json'])
    expect(skipped.code).toBe(0)
    expect(JSON.parse(skipped.out)).toMatchObject({ uploaded: 0, skipped: 1, failed: [] })
    expect(await text()).toBe('first')

    const renamed = await pail(['put', file, address, '--on-conflict', 'keep-both'])
    expect(renamed.code).toBe(0)
    const other = renamed.out.trimEnd()
    expect(other).not.toBe(`${address}note.txt`)
    expect((await pail(['get', other, '-'])).out).toBe('second')
    expect(await text()).toBe('first')

    expect((await pail(['put', file, address, '--on-conflict', 'overwrite'])).code).toBe(0)
    expect(await text()).toBe('second')

    const again = await pail(['put', file, address, '--reuse-identical', '--json'])
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({
      uploaded: 0,
      reused: 1,
      bytes: 0,
      objects: [{ value: 'note.txt' }],
      failed: [],
    })
    const said = await pail(['put', file, address, '--reuse-identical'])
    expect(said.err).toContain(
      '0 files uploaded (0 bytes), 1 not sent because the very same bytes are there.',
    )
  })

  test('a folder goes up under keys of a template, with the value that a database stores', async () => {
    await mkdir(join(scene.directory, 'Trip 1', 'day 2'), { recursive: true })
    await writeFile(join(scene.directory, 'Trip 1', 'Große Stadt.JPG'), 'one')
    await writeFile(join(scene.directory, 'Trip 1', 'day 2', 'no extension'), 'two')
    const options = ['--key-template', '{yyyy}/{slug}-{hash8}.{ext}', '--clean-names', '--json']
    const put = await pail(['put', 'Trip 1', `s3://${bucket}/media/`, ...options])
    expect(put.code).toBe(0)
    const { objects, overwriteGuard } = JSON.parse(put.out) as {
      objects: { key: string; value: string }[]
      overwriteGuard: string
    }
    const year = new Date().getFullYear()
    const md5 = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 8)
    const values = [
      `${year}/Trip_1/day_2/no_extension-${md5('two')}`,
      `${year}/Trip_1/groe_stadt-${md5('one')}.JPG`,
    ]
    expect(objects.map(({ value }) => value).sort()).toEqual([...values].sort())
    expect(await keysBelow('media/')).toEqual(values.map((value) => `media/${value}`).sort())
    expect(['not-known', 'by-service', 'checked-first']).toContain(overwriteGuard)
  })

  test('a private file opens with its link and not without; a public one opens to everybody', async () => {
    const before = printedLinks.length
    await writeFile(join(scene.directory, 'private.txt'), 'for one')
    await writeFile(join(scene.directory, 'public.txt'), 'for all')
    expect((await pail(['put', 'private.txt', `s3://${bucket}/v/`])).code).toBe(0)
    expect((await pail(['put', 'public.txt', `s3://${bucket}/v/`, '--public'])).code).toBe(0)

    // It works when it is made, as its own test shows, and is dead a moment later.
    const short = await pail(['link', `s3://${bucket}/v/private.txt`, '--expires', '2s', '--json'])
    const { url, test: tested } = JSON.parse(short.out) as { url: string; test: { outcome: string } }
    expect(tested.outcome).toBe('works')

    const link = await pail([
      'link',
      `s3://${bucket}/v/private.txt`,
      '--expires',
      '5m',
      '--download-as',
      'ein Brief ü.txt',
    ])
    expect(link.out).toMatch(/^https?:\/\/\S+\n$/)
    const answer = await fetch(link.out.trim())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('for one')
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''ein%20Brief%20%C3%BC.txt")
    expect((await fetch(link.out.trim().replace(/\?.*/, ''))).status).toBe(403)
    await expect.poll(async () => (await fetch(url)).status, { timeout: 5000 }).toBe(403)

    const open = await pail(['link', `s3://${bucket}/v/public.txt`, '--public'])
    expect(await (await fetch(open.out.trim())).text()).toBe('for all')

    const asked = await pail(['request-upload', `s3://${bucket}/v/asked.txt`, '--expires', '5m', '--json'])
    expect(asked).toMatchObject({ code: 0 })
    // Every one of them was fetched, changed and outlived when it was printed.
    const kinds = printedLinks.slice(before).map(({ kind }) => kind)
    expect(kinds).toEqual(['presigned', 'download-as', 'public', 'upload'])
    expect(await keysBelow('v/')).toEqual(['v/private.txt', 'v/public.txt'])
  })
})
