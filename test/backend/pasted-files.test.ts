import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPastedFiles } from '../../src-main/backend/pasted-files.ts'

let directory: string
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pail-pasted-')), 'pasted')
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

const picture = { name: 'pasted.png', bytes: Buffer.from('bytes') }

test('what is pasted is a file of its own, readable by its owner alone, until it has been uploaded', async () => {
  const pasted = createPastedFiles(directory)
  const paths = await pasted.keep([picture, picture])
  expect(new Set(paths).size).toBe(2)
  for (const path of paths) {
    expect(await readFile(path, 'utf8')).toBe('bytes')
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  }
  await pasted.forget([paths[0] ?? '', join(tmpdir(), 'elsewhere', 'x.png')])
  expect(await readdir(directory)).toHaveLength(1)
})

test('S15 a name leads nowhere else', async () => {
  const pasted = createPastedFiles(directory)
  for (const name of ['../x.png', 'a/b.png', 'a\\b.png', '..', 'a\u0000.png', 'nul.png'])
    await expect(pasted.keep([{ ...picture, name }])).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
  expect(await readdir(directory).catch(() => [])).toEqual([])
})

test('what nobody has uploaded for a week goes; what else is there stays', async () => {
  const [path = ''] = await createPastedFiles(directory).keep([picture])
  await mkdir(join(directory, 'other'))
  const old = Date.now() / 1000 - 8 * 24 * 3600
  for (const folder of [join(path, '..'), join(directory, 'other')]) await utimes(folder, old, old)
  await createPastedFiles(directory).keep([picture])
  const left = await readdir(directory)
  expect(left).toContain('other')
  expect(left).toHaveLength(2)
})
