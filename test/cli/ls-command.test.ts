import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

describe('pail ls', () => {
  const pages: Answers = {
    listObjects: ({ continuationToken }) =>
      ok(
        continuationToken === null
          ? {
              folders: ['img/'],
              objects: [
                {
                  key: 'a\nb',
                  sizeBytes: 5,
                  lastModified: '2026-01-02T03:04:05.000Z',
                  eTag: '"e"',
                  storageClass: null,
                },
              ],
              continuationToken: 'more',
            }
          : {
              folders: [],
              objects: [
                { key: 'z', sizeBytes: 1_234_567, lastModified: null, eTag: null, storageClass: 'GLACIER' },
              ],
              continuationToken: null,
            },
      ),
  }

  test('prints size, date and key, page after page', async () => {
    const double = createApiDouble(pages)
    const ran = await runForTest(['ls', 's3://bucket/pre'], double)
    expect(ran.code).toBe(0)
    expect(ran.out.split('\n')).toEqual([
      '             -  -                     img/',
      '             5  2026-01-02T03:04:05Z  a\\nb',
      '       1234567  -                     z',
      '',
    ])
    expect(double.inputs('listObjects')).toEqual([
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        prefix: 'pre',
        recursive: false,
        continuationToken: null,
      },
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        prefix: 'pre',
        recursive: false,
        continuationToken: 'more',
      },
    ])
  })

  test('--json is one document with every key exactly', async () => {
    const ran = await runForTest(['ls', 's3://bucket', '--json', '--recursive'], createApiDouble(pages))
    expect(JSON.parse(ran.out)).toEqual({
      folders: ['img/'],
      objects: [
        { key: 'a\nb', bytes: 5, lastModified: '2026-01-02T03:04:05.000Z', eTag: '"e"', storageClass: null },
        { key: 'z', bytes: 1_234_567, lastModified: null, eTag: null, storageClass: 'GLACIER' },
      ],
    })
  })

  test('a page that fails leaves no half document', async () => {
    const double = createApiDouble({
      listObjects: async (input) =>
        input.continuationToken === null ? pages.listObjects!(input) : refuse('access-denied'),
    })
    const ran = await runForTest(['ls', 's3://bucket', '--json'], double)
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'access-denied' } })
  })
})
