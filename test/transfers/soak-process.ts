import { createInterface } from 'node:readline'
import { isTerminal } from '../../src-main/transfers/transfer.ts'
import { openJob, uploadFiles } from './open-job.ts'

// The queue of a soak: does what it is told line by line, and says how much is left.
const { job, session, queue } = await openJob({
  onSnapshot({ counts }) {
    const left = counts.queued + counts.running + counts.paused
    process.stdout.write(`left ${left} failed ${counts.failed}\n`)
  },
  onBatchEnded: () => undefined,
})
const restored = queue.restore()
if (job.files.length + job.keys.length > 0) {
  await uploadFiles(queue, job)
  const { bucket, keys, folder } = job
  await queue.download({ profileId: 'p', bucket, keys, prefixes: [], folder })
  process.stdout.write('added\n')
} else process.stdout.write(`restored ${restored}\n`)

createInterface({ input: process.stdin }).on('line', (line) => {
  switch (line) {
    case 'pause':
      return queue.pause('all')
    case 'resume':
      return queue.resume('all')
    case 'retry':
      return queue.retry('failed')
    case 'quit':
      process.stdin.destroy()
      return void queue.close().then(() => {
        const failed = queue
          .snapshot()
          .transfers.filter(({ state }) => !isTerminal(state) || state === 'failed')
        process.stdout.write(`closed ${JSON.stringify(failed.slice(0, 3))}\n`)
        session.destroy()
      })
    default:
      throw new Error(`not a word of a soak: ${line}`)
  }
})
