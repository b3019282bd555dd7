import { expect, test } from 'vitest'
import { reservePrefix } from '../../src-main/sync/overlap.ts'

test('S48 two syncs to one bucket of AWS are kept apart, whatever region their profiles begin with', () => {
  const here = { endpoint: null, region: 'eu-central-1' }
  const there = { endpoint: null, region: 'us-east-1' }
  const release = reservePrefix(here, 'bucket', 'site/')
  expect(() => reservePrefix(there, 'bucket', 'site/css/')).toThrow('Another sync')
  reservePrefix(there, 'bucket', 'site-2024/')()
  reservePrefix({ endpoint: 'https://s3.example.org' }, 'bucket', 'site/')()
  release()
  reservePrefix(there, 'bucket', '')()
})
