import { expect, test } from 'vitest'
import { createUnsignedPace } from '../../src-main/visibility/unsigned-pace.ts'
import type { UnsignedAnswer, UnsignedRequest } from '../../src-main/visibility/unsigned-request.ts'

const answer = (status: number): UnsignedAnswer => ({ status, headers: {} })

/** A pace of 2,000 a second whose requests wait until the test has them answered. */
function heldPace() {
  const waiting: ((status: number) => void)[] = []
  const pace = createUnsignedPace(
    2000,
    () => new Promise((resolve) => waiting.push((status) => resolve(answer(status)))),
  )
  return { pace, waiting }
}

const request: UnsignedRequest = { method: 'GET', url: 'http://127.0.0.1:9/object' }

test('F7 refusals of what was under way together count as one, and a later one halves the rate again', async () => {
  const { pace, waiting } = heldPace()
  const together = Array.from({ length: 8 }, () => pace.ask(request))
  await expect.poll(() => waiting.length).toBe(8)
  for (const say of waiting.splice(0)) say(503)
  // All of them come again.
  await expect.poll(() => waiting.length).toBe(8)
  expect(pace.perSecond).toBe(1000)
  waiting.shift()?.(429)
  await expect.poll(() => waiting.length).toBe(8)
  expect(pace.perSecond).toBe(500)
  for (const say of waiting.splice(0)) say(403)
  expect((await Promise.all(together)).map(({ status }) => status)).toEqual(Array(8).fill(403))
  // Each other answer gives a two-hundredth of the full rate back.
  expect(pace.perSecond).toBe(580)
})
