import { expect, test } from 'vitest'
import type { Wire } from '../../../src-main/s3/wire/send.ts'
import { wireIn } from '../../../src-main/s3/wire/wire-target.ts'

const wire = { keys: () => expect.unreachable() } as unknown as Wire

function goingTo(endpoint: string | null, addressing: 'path' | 'virtual' = 'virtual') {
  return { wire, addressing, endpointIn: () => endpoint }
}

const shown = (target: ReturnType<typeof wireIn>) => target && `${target.origin.origin}${target.bucketPath}`

test('each way to a bucket is its own, however often they take turns', () => {
  const aws = goingTo(null)
  const local = goingTo('http://localhost:9000', 'path')
  // A playground has another port at each start.
  const later = goingTo('http://localhost:9001', 'path')
  for (let round = 0; round < 2; round++) {
    expect(shown(wireIn(aws, 'photos', 'eu-west-1'))).toBe('https://photos.s3.eu-west-1.amazonaws.com')
    expect(shown(wireIn(aws, 'photos', 'eu-west-1'))).toBe('https://photos.s3.eu-west-1.amazonaws.com')
    expect(shown(wireIn(aws, 'photos', 'cn-north-1'))).toBe('https://photos.s3.cn-north-1.amazonaws.com.cn')
    expect(shown(wireIn(aws, 'films', 'cn-north-1'))).toBe('https://films.s3.cn-north-1.amazonaws.com.cn')
    expect(shown(wireIn(aws, 'a.b', 'eu-west-1'))).toBe('https://s3.eu-west-1.amazonaws.com/a.b')
    expect(shown(wireIn(local, 'photos', 'eu-west-1'))).toBe('http://localhost:9000/photos')
    expect(shown(wireIn(later, 'photos', 'eu-west-1'))).toBe('http://localhost:9001/photos')
    expect(shown(wireIn(goingTo('http://localhost:9001'), 'photos', 'eu-west-1'))).toBe(
      'http://photos.localhost:9001',
    )
  }
})
