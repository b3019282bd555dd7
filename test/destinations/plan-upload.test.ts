import { describe, expect, it } from 'vitest'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { uploadPlanSchema } from '../../src-preload/contract/upload-plan.ts'
import { planUpload } from '../../src-main/destinations/plan-upload.ts'
import { uploadNames } from '../../src-main/destinations/upload-name.ts'

const facts = { at: new Date(2026, 10, 25), uuid: 'uuid', hash8: '0123abcd' }

function planOf(files: Readonly<Record<string, number>>, more: Partial<Naming> = {}, existing?: string[]) {
  const naming: Naming = { template: null, clean: 'as-is', ...more }
  const names = Object.keys(files).map((name) => ({ name, facts }))
  const wanted = uploadNames('media/', names, naming)
  const plan = planUpload({
    prefix: 'media/',
    files: names.map(({ name }, index) => ({ name, sizeBytes: files[name] ?? 0, wanted: wanted[index]! })),
    tidied: naming.clean === 'tidy' ? null : uploadNames('media/', names, { ...naming, clean: 'tidy' }),
    existing: existing === undefined ? null : new Set(existing),
  })
  // Whatever it says fits through the fence.
  return uploadPlanSchema.parse(plan)
}

const troublesOf = (plan: ReturnType<typeof planOf>) =>
  Object.fromEntries(plan.rows.map((row) => [row.name, row.troubles]))

describe('planUpload', () => {
  it('has nothing to say of plain files but their keys', () => {
    const plan = planOf({ 'a.jpg': 10, 'trip/b.jpg': 20 }, { template: '{yyyy}/{name}.{ext}' })
    expect(plan).toMatchObject({ files: 2, sizeBytes: 30, counts: {}, warnings: [], fixable: false })
    expect(plan.rows.map(({ key }) => key)).toEqual(['media/2026/a.jpg', 'media/2026/trip/b.jpg'])
    expect(plan.lookedForExisting).toBe(false)
  })

  it('names each trouble, of files and of the folders that they are in', () => {
    const plan = planOf(
      { 'a#b.jpg': 1, 'empty.txt': 0, 'what?/c.jpg': 1, 'aux.js': 1, 'x\u200b.txt': 1, 'fine.txt': 1 },
      {},
      ['media/fine.txt'],
    )
    expect(troublesOf(plan)).toEqual({
      'a#b.jpg': ['address'],
      'empty.txt': ['empty'],
      'what?/c.jpg': ['windows', 'address'],
      'aux.js': ['windows'],
      'x\u200b.txt': ['invisible'],
      'fine.txt': ['exists'],
    })
    expect(plan.counts).toEqual({ address: 2, windows: 2, empty: 1, invisible: 1, exists: 1 })
    expect(plan.warnings.join('\n')).toContain('“a#b.jpg”')
    expect(plan.fixable).toBe(true)
  })

  it('finds twins: the same key, and keys that differ in case alone', () => {
    const plan = planOf({ 'a/x.jpg': 1, 'b/x.jpg': 1, 'Photo.jpg': 1, 'photo.jpg': 1 })
    expect(troublesOf(plan)).toEqual({
      'Photo.jpg': ['case'],
      'photo.jpg': ['case'],
      'a/x.jpg': [],
      'b/x.jpg': [],
    })
    const same = planOf({ 'e\u0301.jpg': 1, '\u00e9.jpg': 1 })
    expect(troublesOf(same)).toEqual({ 'e\u0301.jpg': ['twin'], '\u00e9.jpg': ['twin'] })
    expect(same.fixable).toBe(true)
  })

  it('says of what cannot be sent why, and puts it first', () => {
    const plan = planOf({ 'ok.txt': 1, '$%&': 1, [`${'x'.repeat(1100)}.txt`]: 1 }, { clean: 'django' })
    expect(plan.rows.map(({ troubles }) => troubles)).toEqual([['no-key'], ['no-key'], []])
    expect(plan.rows[0]?.reason).toContain('Nothing that Django takes is left')
    expect(plan.rows[1]?.reason).toContain('at most 1,024 bytes')
    expect(plan.fixable).toBe(true)
  })

  it('has nothing left to fix once the names are tidy', () => {
    const files = {
      'a#b.jpg': 1,
      'A.jpg': 1,
      'a.jpg': 1,
      'aux.js': 1,
      '$%&': 1,
      [`${'x'.repeat(1100)}.txt`]: 1,
    }
    const plan = planOf(files, { clean: 'tidy' })
    expect(plan).toMatchObject({ fixable: false, counts: {} })
    expect(new Set(plan.rows.map(({ key }) => key.toLowerCase())).size).toBe(6)
  })

  it('shows at most 200 rows of however many', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}.txt`, 1]))
    const plan = planOf({ ...many, 'z#.txt': 1 })
    expect(plan.rows).toHaveLength(200)
    expect(plan.rows[0]?.name).toBe('z#.txt')
    expect(plan.files).toBe(5001)
  })
})
