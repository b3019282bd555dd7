import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTargetFolder } from '../../src-main/s3/target-folder.ts'
import { sweepStaleParts } from '../../src-main/transfers/sweep-stale-parts.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-sweep-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const longAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000)

it('F28 what nobody has gone on with for a week is removed, and nothing else', async () => {
  const target = await openTargetFolder(folder, [])
  const stale = await target.createTemporary()
  const fresh = await target.createTemporary()
  const remembered = await target.createTemporary('an id')
  for (const temporary of [stale, fresh, remembered]) await temporary.keep()
  await target.close()
  for (const name of ['mine.pail-part', '.pail-part', '.mine.pail-part', 'photo.jpg'])
    await writeFile(join(folder, name), 'mine')
  await mkdir(join(folder, '.abcdefghijkl.pail-part'))
  await symlink(join(folder, 'photo.jpg'), join(folder, '.abcdefghijkm.pail-part'))
  for (const name of await readdir(folder)) {
    if (name !== fresh.name) await utimes(join(folder, name), longAgo, longAgo)
  }
  const before = await readdir(folder)
  expect(await sweepStaleParts([folder, folder, join(folder, 'not there')])).toBe(2)
  expect(await readdir(folder)).toEqual(
    before.filter((name) => name !== stale.name && name !== remembered.name),
  )
})
