import { describe, expect, test } from 'vitest'
import { deleteLimit, deleteRefusal } from '../../src-main/sync/delete-limit.ts'

describe('the limit of removals (S46)', () => {
  test.each([
    // said, remote keys, limit
    [null, 0, 50],
    [null, 50, 50],
    [null, 509, 50],
    [null, 510, 51],
    [null, 10_000, 1000],
    [0, 10_000, 0],
    [7, 10_000, 7],
    [5000, 100, 5000],
  ])('%s with %i keys is %i', (maxDelete, remoteKeys, limit) => {
    expect(deleteLimit(maxDelete, remoteKeys)).toBe(limit)
    expect(deleteRefusal(limit, remoteKeys, maxDelete)).toBeNull()
    expect(deleteRefusal(limit + 1, remoteKeys, maxDelete)).not.toBeNull()
  })

  test('is told in words', () => {
    expect(deleteRefusal(1200, 2000, null)).toBe(
      'This sync would remove 1,200 objects of 2,000. Without a higher limit a sync removes at most 50 objects, or 10 % of them where that is more (here 200). Check that this is the right folder and prefix, or set a higher limit in the options.',
    )
    expect(deleteRefusal(2, 3, 1)).toBe(
      'This sync would remove 2 objects of 3, and you allowed at most 1 object. Nothing is removed.',
    )
  })
})
