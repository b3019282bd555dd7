import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { uploadNames } from '../../src-main/destinations/upload-name.ts'
import { createUploadNamer } from '../../src-main/destinations/upload-namer.ts'
import { keyProblem } from '../../src-main/s3/object-key.ts'
import { findNameTrouble } from '../../src-main/sync/name-trouble.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'

const facts = { at: new Date(2026, 10, 25), uuid: 'uuid', hash8: '0123abcd' }

function keysOf(names: readonly string[], naming: Partial<Naming> = {}, prefix = 'media/') {
  const files = names.map((name) => ({ name, facts }))
  return uploadNames(prefix, files, { template: null, clean: 'as-is', ...naming })
}

describe('uploadNames', () => {
  it('keeps names as they are, in NFC, unless told otherwise', () => {
    expect(keysOf(['a b#.jpg', 'trip/e\u0301te\u0301.jpg'])).toEqual([
      { key: 'media/a b#.jpg', problem: null },
      { key: 'media/trip/\u00e9t\u00e9.jpg', problem: null },
    ])
  })

  it('cleans file and folders as Django does, then fills the template', () => {
    const naming = { template: '{yyyy}/{mm}/{name}.{ext}', clean: 'django' } as const
    expect(keysOf(["day 1/john's portrait in 2004.jpg"], naming)[0]?.key).toBe(
      'media/2026/11/day_1/johns_portrait_in_2004.jpg',
    )
  })

  it('names a file of which Django leaves nothing, and keeps the others', () => {
    const [bad, good] = keysOf(['$%&', 'ok.txt'], { clean: 'django' })
    expect(bad).toEqual({
      key: 'media/$%&',
      problem: 'Nothing that Django takes is left of the name “$%&”.',
    })
    expect(good).toEqual({ key: 'media/ok.txt', problem: null })
  })

  it('tidies what Django’s cleaning leaves: devices of Windows, twins, lost names, length', () => {
    const names = ['aux.js', 'A.jpg', 'a.jpg', 'a.JPG', '🪣.png', '$%&', `${'ä'.repeat(600)}.jpg`, 'end.']
    const keys = keysOf(names, { clean: 'tidy' }).map(({ key }) => key)
    expect(keys.slice(0, 6)).toEqual([
      'media/aux_.js',
      'media/A.jpg',
      'media/a_2.jpg',
      'media/a_3.JPG',
      'media/file.png',
      'media/file',
    ])
    expect(keys[6]).toMatch(/^media\/ä+\.jpg$/)
    expect(keys[7]).toBe('media/end')
  })

  it('leaves no trouble behind when it has tidied, whatever the names', () => {
    const part = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 12 })
      .filter((text) => !text.includes('/'))
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), (names) => {
        const named = keysOf(names, { clean: 'tidy' })
        expect(named.filter(({ key, problem }) => problem !== null || keyProblem(key) !== null)).toEqual([])
        expect(new Set(named.map(({ key }) => key.toLowerCase())).size).toBe(names.length)
        const kinds = findNameTrouble(named.map(({ key }) => key)).map(({ kind }) => kind)
        expect(kinds.filter((kind) => kind !== 'case')).toEqual([])
      }),
      { numRuns: 50 },
    )
  })
})

describe('an upload namer', () => {
  it('reads files for {hash8}, and names them the same each time that it is asked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-namer-'))
    try {
      await writeFile(join(folder, 'a.jpg'), 'bytes')
      await writeFile(join(folder, 'gone.jpg'), 'gone')
      const store = createSelectionStore()
      const { selectionId } = await store.register([join(folder, 'a.jpg'), join(folder, 'gone.jpg')])
      await rm(join(folder, 'gone.jpg'))
      let day = Date.parse('2026-11-25T12:00:00')
      const namer = createUploadNamer(() => day)
      const naming: Naming = { template: '{dd}/{uuid}-{hash8}.{ext}', clean: 'as-is' }
      const name = () => namer.name('m/', store.get(selectionId), naming)
      const [first, gone] = await name()
      const md5 = createHash('md5').update('bytes').digest('hex')
      expect(first?.key).toMatch(new RegExp(`^m/25/[0-9a-f-]{36}-${md5.slice(0, 8)}\\.jpg$`))
      expect(gone?.problem).toContain('not on this computer')
      day += 24 * 3_600_000
      expect((await name())[0]).toEqual(first)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses a template that cannot be used', async () => {
    await expect(
      createUploadNamer().name('', [], { template: '{nope}', clean: 'as-is' }),
    ).rejects.toMatchObject({
      error: { code: 'invalid-argument', message: expect.stringContaining('There is no {nope}') as string },
    })
  })
})
