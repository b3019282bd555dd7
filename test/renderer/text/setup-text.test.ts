import { expect, test } from 'vitest'
import type { SetupOutcome } from '../../../src-preload/contract/bucket-setup.ts'
import { setupOutcomeText, setupUndoText } from '../../../src-renderer/text/setup-text.ts'

const step = (
  call: SetupOutcome['steps'][number]['call'],
  state: SetupOutcome['steps'][number]['state'],
) => ({
  call,
  state,
  problem: null,
})
const outcome = { setupId: 'a', bucket: 'site', undoable: true }

test('a set-up is ready only when every call was made, and says what the service does not have', () => {
  const steps = [step('CreateBucket', 'done'), step('PutBucketCors', 'not-here')]
  expect(setupOutcomeText({ ...outcome, steps, isWhole: true })).toEqual({
    title: 'site is ready',
    body: '1 call left out: this service has no such setting.',
  })
  const broken = [...steps, step('PutBucketVersioning', 'failed'), step('PutBucketPolicy', 'not-made')]
  expect(setupOutcomeText({ ...outcome, steps: broken, isWhole: false })).toEqual({
    title: 'The bucket is not set up',
    body: '1 call went through before PutBucketVersioning failed. Nothing was sent after it.',
  })
})

test('what the service does not show is not called ready, and an answer that was lost not nothing', () => {
  const steps = [step('CreateBucket', 'done'), step('PutPublicAccessBlock', 'not-shown')]
  const { title, body } = setupOutcomeText({ ...outcome, steps, isWhole: true })
  expect(title).not.toContain('ready')
  expect(body).toContain('PutPublicAccessBlock')
  const lost = { ...outcome, steps: [step('CreateBucket', 'failed')], isWhole: false }
  expect(setupOutcomeText(lost).body).toContain('may have been made')
  expect(setupOutcomeText({ ...lost, undoable: false }).body).toContain('nothing was made')
})

test('undoing is not called done while something stays', () => {
  const undone = { call: 'PutBucketPolicy' as const, state: 'undone' as const, message: 'Taken away.' }
  const left = { call: 'CreateBucket' as const, state: 'left' as const, message: 'Not empty.' }
  const rest = { setupId: 'a', bucket: 'site', bucketDeleted: false }
  expect(setupUndoText({ ...rest, steps: [undone, left] }).title).toBe('1 thing of the set-up stays')
  expect(setupUndoText({ ...rest, steps: [undone], bucketDeleted: true }).title).toBe('site is gone')
})
