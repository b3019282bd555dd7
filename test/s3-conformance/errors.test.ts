import { expect, test } from 'vitest'
import { conformance } from './scene.ts'

conformance('errors', (scene) => {
  test('are XML with a code, a resource and a request id', async () => {
    const bucket = await scene.newBucket()
    const { headers, body, status } = await scene.signed({ method: 'GET', path: `/${bucket}/missing%20key` })
    const text = body.toString()
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('application/xml')
    expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Error>/)
    expect(text).toContain('<Code>NoSuchKey</Code>')
    expect(text).toContain(`<RequestId>${String(headers['x-amz-request-id'])}</RequestId>`)
    expect(text.includes('<Key>missing key</Key>')).toBe(!scene.differs('ceph', 'details of errors'))
  })

  test('a parameter that means nothing does not hide an object', async () => {
    const bucket = await scene.newBucket()
    await scene.put(bucket, 'site.css', 'css')
    expect((await scene.signed({ method: 'GET', path: `/${bucket}/site.css?v=3` })).body.toString()).toBe(
      'css',
    )
  })

  test('an unknown method', async () => {
    const bucket = await scene.newBucket()
    const { status } = await scene.signed({ method: 'PATCH', path: `/${bucket}/a` })
    expect(status).toBe(405)
  })
})
